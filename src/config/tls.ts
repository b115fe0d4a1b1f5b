import { createPrivateKey, type KeyObject, type X509Certificate } from "node:crypto";
import { createSecureContext } from "node:tls";
import { parseCertificates } from "./certificates.ts";
import { type FollowedFile, followFiles, type FollowedFilesOptions } from "./followed-file.ts";
import type { ValueType } from "./value-types.ts";

/** The authorities that may vouch for clients: PEM certificates in a file. */
export interface ClientBundleFile {
  /** The one trust domain that the bundle is for. */
  readonly trustDomain: string;
  readonly path: string;
}

/** How a listener speaks TLS. */
export interface TlsConfig {
  /** PEM, the leaf first. */
  readonly certFile: string;
  readonly keyFile: string;
  /** Empty = clients are not asked for a certificate. */
  readonly clientBundles: readonly ClientBundleFile[];
}

/** What the files hold, checked: it can be given to a TLS server as it is. */
export interface TlsMaterial {
  readonly cert: string;
  readonly key: string;
  /** The certificates of all client bundles, PEM. */
  readonly ca: readonly string[];
  /** When the leaf ends. */
  readonly notAfter: Date;
}

export type TlsFile = "cert" | "key" | "clientCa";

/** Files that cannot be used for TLS. The message repeats nothing of them. */
export class TlsFilesError extends Error {
  override name = "TlsFilesError";
  readonly file: TlsFile;

  constructor(file: TlsFile, message: string) {
    super(message);
    this.file = file;
  }
}

/** The paths in the order in which `parseTlsFiles` wants the texts. */
export const tlsPaths = ({ certFile, keyFile, clientBundles }: TlsConfig): string[] => [
  certFile,
  keyFile,
  ...clientBundles.map(({ path }) => path),
];

/** @throws TlsFilesError. */
export const parseTlsFiles = (
  { clientBundles }: Pick<TlsConfig, "clientBundles">,
  [cert = "", key = "", ...bundles]: readonly string[],
): TlsMaterial => {
  const [leaf] = orThrow("cert", "it holds no PEM certificate", () => parseCertificates(cert));
  const privateKey = orThrow("key", "it holds no PEM private key, or one that needs a passphrase", () =>
    createPrivateKey(key),
  );
  if (!belongTogether(leaf, privateKey))
    throw new TlsFilesError("key", "the key is not that of the certificate");
  const ca = clientBundles
    .flatMap((_, index) =>
      orThrow("clientCa", "it holds no PEM certificates of authorities", () =>
        parseAuthorities(bundles[index] ?? ""),
      ),
    )
    .map(String);
  // What the TLS library refuses (a key that is too short) is refused here and not in the middle of serving.
  orThrow("cert", "the TLS library does not take it: too short a key, or a digest that is not trusted", () =>
    createSecureContext({ cert, key, ca }),
  );
  return { cert, key, ca, notAfter: leaf.validToDate };
};

/** The material of a listener, following its files. @throws what reading throws, and TlsFilesError, the first time. */
export const followTls = (
  config: TlsConfig,
  options: Pick<FollowedFilesOptions<TlsMaterial>, "onProblem" | "clock"> = {},
): FollowedFile<TlsMaterial> =>
  followFiles({ ...options, paths: tlsPaths(config), parse: (texts) => parseTlsFiles(config, texts) });

/** @throws Error when there is none, or one that is no authority's. */
export const parseAuthorities = (text: string): readonly X509Certificate[] => {
  const certificates = parseCertificates(text);
  if (certificates.some(({ ca }) => !ca)) throw new Error("not an authority");
  return certificates;
};

const belongTogether = (leaf: X509Certificate, key: KeyObject): boolean => {
  try {
    return leaf.checkPrivateKey(key);
  } catch {
    return false;
  }
};

const orThrow = <T>(file: TlsFile, message: string, work: () => T): T => {
  try {
    return work();
  } catch {
    throw new TlsFilesError(file, message);
  }
};

/** SPIFFE-ID section 2.1: what a trust domain's name is made of. */
const WITH_DOMAIN = /^([a-z0-9._-]{1,255})=(.+)$/;

/** `trust-domain=/path`, separated by commas; no trust domain twice. */
export const clientBundleFiles: ValueType<readonly ClientBundleFile[]> = {
  expects: "a comma-separated list of `<trust domain>=<path of a PEM file>`, no trust domain twice",
  parse(text) {
    const items = text
      .split(",")
      .map((item) => item.trim())
      .filter((item) => item !== "");
    const files = items.flatMap((item): ClientBundleFile[] => {
      const [, trustDomain, path] = WITH_DOMAIN.exec(item) ?? [];
      return trustDomain === undefined || path === undefined ? [] : [{ trustDomain, path }];
    });
    const domains = new Set(files.map(({ trustDomain }) => trustDomain));
    const isGood = items.length > 0 && !text.includes("\0") && domains.size === items.length;
    return isGood ? files : undefined;
  },
};
