import type { X509Certificate } from "node:crypto";
import { DerError, type Element, readElements } from "./der.ts";

/** What RFC 5280 section 4.2 lets a certificate say, as far as a SPIFFE ID depends on it. */
export interface Extensions {
  /** The URIs of the subject alternative name, as their bytes stand there. */
  readonly uris: readonly string[];
  /** Critical ones that are not understood here: such a certificate must be refused (section 4.2). */
  readonly unknownCritical: boolean;
  /** undefined = any use. */
  readonly keyUsage: { readonly digitalSignature: boolean; readonly signsCertificates: boolean } | undefined;
  /** How many authorities may stand below this one; undefined = any number. */
  readonly pathLength: number | undefined;
}

const SEQUENCE = 0x30;
const OBJECT_ID = 0x06;
const BOOLEAN = 0x01;
const INTEGER = 0x02;
const BIT_STRING = 0x03;
const OCTET_STRING = 0x04;
/** `[3] EXPLICIT Extensions` of a TBSCertificate. */
const EXTENSIONS = 0xa3;
/** `[6] IA5String` of a GeneralName. */
const URI = 0x86;

/** The content of the object identifiers, in hexadecimal. */
const SUBJECT_ALT_NAME = "551d11";
const BASIC_CONSTRAINTS = "551d13";
const KEY_USAGE = "551d0f";
/** Node's own `keyUsage` reads the extended one. */
const EXTENDED_KEY_USAGE = "551d25";
const UNDERSTOOD = new Set([SUBJECT_ALT_NAME, BASIC_CONSTRAINTS, KEY_USAGE, EXTENDED_KEY_USAGE]);

interface Extension {
  readonly id: string;
  readonly critical: boolean;
  readonly value: Buffer;
}

/**
 * Reads the certificate's own bytes: `subjectAltName` of the runtime is one joined text, in which a name may hold what looks like the next one
 * (CVE-2021-44532).
 *
 * @throws DerError
 */
export const readExtensions = ({ raw }: X509Certificate): Extensions => {
  const extensions = extensionsOf(raw);
  const ids = extensions.map(({ id }) => id);
  if (new Set(ids).size !== ids.length) throw new DerError("an extension twice");
  const value = (id: string): Buffer | undefined =>
    extensions.find((extension) => extension.id === id)?.value;
  return {
    uris: urisOf(value(SUBJECT_ALT_NAME)),
    unknownCritical: extensions.some(({ id, critical }) => critical && !UNDERSTOOD.has(id)),
    keyUsage: keyUsageOf(value(KEY_USAGE)),
    pathLength: pathLengthOf(value(BASIC_CONSTRAINTS)),
  };
};

const extensionsOf = (raw: Buffer): Extension[] => {
  const tbs = inner(inner(raw, SEQUENCE), SEQUENCE);
  const found = readElements(tbs).find(({ tag }) => tag === EXTENSIONS);
  if (!found) return [];
  return readElements(inner(found.content, SEQUENCE)).map(toExtension);
};

/** The content of the first element, which must have this tag. */
const inner = (bytes: Buffer, tag: number): Buffer => {
  const [first] = readElements(bytes);
  if (first?.tag !== tag) throw new DerError("not what a certificate has there");
  return first.content;
};

const toExtension = ({ content }: Element): Extension => {
  const parts = readElements(content);
  const [id, ...rest] = parts;
  const value = rest.at(-1);
  if (id?.tag !== OBJECT_ID || value?.tag !== OCTET_STRING) throw new DerError("not an extension");
  const flag = rest.find(({ tag }) => tag === BOOLEAN);
  return { id: id.content.toString("hex"), critical: flag?.content[0] === 0xff, value: value.content };
};

const urisOf = (value: Buffer | undefined): string[] =>
  value === undefined
    ? []
    : readElements(inner(value, SEQUENCE))
        .filter(({ tag }) => tag === URI)
        .map(({ content }) => content.toString("latin1"));

const keyUsageOf = (value: Buffer | undefined): Extensions["keyUsage"] => {
  if (value === undefined) return undefined;
  const bits = inner(value, BIT_STRING)[1] ?? 0;
  return { digitalSignature: (bits & 0x80) !== 0, signsCertificates: (bits & 0x06) !== 0 };
};

const pathLengthOf = (value: Buffer | undefined): number | undefined => {
  if (value === undefined) return undefined;
  const length = readElements(inner(value, SEQUENCE)).find(({ tag }) => tag === INTEGER);
  return length && Number.parseInt(length.content.toString("hex") || "0", 16);
};
