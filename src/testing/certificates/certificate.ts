import { generateKeyPairSync, type KeyObject, randomBytes, sign, X509Certificate } from "node:crypto";
import {
  bits,
  boolean,
  integer,
  octets,
  oid,
  plainTagged,
  sequence,
  set,
  tagged,
  time,
  utf8,
} from "./der.ts";

/** A certificate with its key, both PEM. */
export interface Identity {
  readonly certificate: string;
  readonly privateKey: string;
}

/** What a leaf is for: `dns`, `ip` and `uri` are its subject alternative names. */
export interface LeafNames {
  readonly commonName: string;
  readonly dns?: readonly string[];
  readonly ipv4?: readonly string[];
  readonly uri?: readonly string[];
}

export interface Authority extends Identity {
  issue(names: LeafNames): Identity;
}

const ECDSA_SHA256 = sequence(oid("1.2.840.10045.4.3.2"));
const VALID_MS = 30 * 24 * 60 * 60 * 1000;
/** Clocks of the machines and containers of one test differ. */
const BACKDATED_MS = 60 * 60 * 1000;

/**
 * A certificate authority that lives as long as this process: no key of a test has to be kept in a repository, and none runs out. RFC 5280, ECDSA on
 * P-256.
 */
export const createAuthority = (commonName: string): Authority => {
  const keys = newKeys();
  const issuer = nameOf(commonName);
  const certificate = pem({
    subject: issuer,
    issuer,
    publicKey: keys.publicKey,
    signedBy: keys.privateKey,
    extensions: [basicConstraints(true), keyUsage(KEY_CERT_SIGN)],
  });
  return {
    certificate,
    privateKey: keyText(keys.privateKey),
    issue(names) {
      const leaf = newKeys();
      return {
        certificate: pem({
          subject: nameOf(names.commonName),
          issuer,
          publicKey: leaf.publicKey,
          signedBy: keys.privateKey,
          extensions: [basicConstraints(false), keyUsage(DIGITAL_SIGNATURE), alternativeNames(names)],
        }),
        privateKey: keyText(leaf.privateKey),
      };
    },
  };
};

const newKeys = () => generateKeyPairSync("ec", { namedCurve: "P-256" });

const keyText = (key: KeyObject): string => key.export({ type: "pkcs8", format: "pem" }).toString();

const nameOf = (commonName: string): Uint8Array => sequence(set(sequence(oid("2.5.4.3"), utf8(commonName))));

interface Content {
  readonly subject: Uint8Array;
  readonly issuer: Uint8Array;
  readonly publicKey: KeyObject;
  readonly signedBy: KeyObject;
  readonly extensions: readonly Uint8Array[];
}

/** RFC 5280 section 4.1. */
const pem = ({ subject, issuer, publicKey, signedBy, extensions }: Content): string => {
  const now = Date.now();
  const content = sequence(
    tagged(0, integer(Buffer.from([2]))),
    integer(serialNumber()),
    ECDSA_SHA256,
    issuer,
    sequence(time(new Date(now - BACKDATED_MS)), time(new Date(now + VALID_MS))),
    subject,
    publicKey.export({ type: "spki", format: "der" }),
    tagged(3, sequence(...extensions)),
  );
  const signature = sign("sha256", content, signedBy);
  return new X509Certificate(sequence(content, ECDSA_SHA256, bits(signature))).toString();
};

/** Positive, and without a leading zero byte: DER has one form for a number. */
const serialNumber = (): Uint8Array => {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes;
};

const extension = (id: string, isCritical: boolean, content: Uint8Array): Uint8Array =>
  sequence(oid(id), ...(isCritical ? [boolean(true)] : []), octets(content));

/** RFC 5280 section 4.2.1.9. */
const basicConstraints = (isAuthority: boolean): Uint8Array =>
  extension("2.5.29.19", true, sequence(...(isAuthority ? [boolean(true)] : [])));

/** Named bits of RFC 5280 section 4.2.1.3, with the count of unused ones. */
const DIGITAL_SIGNATURE = [0x80, 7] as const;
const KEY_CERT_SIGN = [0x04, 2] as const;

const keyUsage = ([usage, unused]: readonly [number, number]): Uint8Array =>
  extension("2.5.29.15", true, bits(Buffer.from([usage]), unused));

/** RFC 5280 section 4.2.1.6. */
const alternativeNames = ({ dns = [], ipv4 = [], uri = [] }: LeafNames): Uint8Array =>
  extension(
    "2.5.29.17",
    false,
    sequence(
      ...dns.map((name) => plainTagged(2, Buffer.from(name))),
      ...uri.map((name) => plainTagged(6, Buffer.from(name))),
      ...ipv4.map((address) => plainTagged(7, Buffer.from(address.split(".").map(Number)))),
    ),
  );
