import { isLocalAddress } from "./address.ts";
import type { Findings } from "./problems.ts";
import type { Settings } from "./read-settings.ts";
import { readTextFile } from "./secret-input.ts";
import { plainSettings } from "./settings.ts";
import {
  parseTlsFiles,
  type TlsConfig,
  type TlsFile,
  TlsFilesError,
  type TlsMaterial,
  tlsPaths,
} from "./tls.ts";

/** How the RPC listener speaks TLS; undefined = it does not. */
export const rpcTlsOf = ({
  rpcTlsCertFile: certFile,
  rpcTlsKeyFile: keyFile,
  clientBundles,
}: Settings): TlsConfig | undefined =>
  certFile === undefined || keyFile === undefined ? undefined : { certFile, keyFile, clientBundles };

/** How the public listener speaks TLS: browsers come without a certificate. */
export const httpTlsOf = ({
  httpTlsCertFile: certFile,
  httpTlsKeyFile: keyFile,
}: Settings): TlsConfig | undefined =>
  certFile === undefined || keyFile === undefined ? undefined : { certFile, keyFile, clientBundles: [] };

type TlsSetting = "rpcTlsCertFile" | "rpcTlsKeyFile" | "clientBundles" | "httpTlsCertFile" | "httpTlsKeyFile";
type Variables = Readonly<Record<TlsFile, TlsSetting>>;

const RPC: Variables = { cert: "rpcTlsCertFile", key: "rpcTlsKeyFile", clientCa: "clientBundles" };
const HTTP: Variables = { cert: "httpTlsCertFile", key: "httpTlsKeyFile", clientCa: "httpTlsCertFile" };

const nameOf = (key: TlsSetting): string => plainSettings[key].name;

/** Whether the files of both listeners can be used, and whether a listener that answers beyond this machine has any. */
export const checkTls = (settings: Settings, findings: Findings): void => {
  checkPair(settings, RPC, findings);
  checkPair(settings, HTTP, findings);
  checkFiles(rpcTlsOf(settings), RPC, findings);
  checkFiles(httpTlsOf(settings), HTTP, findings);
  if (settings.clientBundles.length > 0 && rpcTlsOf(settings) === undefined)
    findings.warn(
      `${nameOf("clientBundles")} proves nobody on a listener without TLS: set ${nameOf("rpcTlsCertFile")} and ${nameOf("rpcTlsKeyFile")}`,
    );
  if (!isLocalAddress(settings.rpcAddress) && rpcTlsOf(settings) === undefined)
    findings.warn(
      `BROKER_RPC_ADDR is off loopback without TLS: tokens cross the network in clear unless a sidecar encrypts them (${nameOf("rpcTlsCertFile")})`,
    );
};

const checkPair = (settings: Settings, { cert, key }: Variables, findings: Findings): void => {
  if ((settings[cert] === undefined) === (settings[key] === undefined)) return;
  const [given, missing] = settings[cert] === undefined ? [key, cert] : [cert, key];
  findings.problem(nameOf(missing), `is missing, and ${nameOf(given)} is set`, "set both or neither");
};

const checkFiles = (tls: TlsConfig | undefined, variables: Variables, findings: Findings): void => {
  if (tls === undefined) return;
  const files: readonly TlsFile[] = ["cert", "key", ...tls.clientBundles.map(() => "clientCa" as const)];
  const texts = tlsPaths(tls).map((path, index) =>
    readTextFile(nameOf(variables[files[index] ?? "cert"]), path, findings),
  );
  const readable = texts.filter((text) => text !== undefined);
  if (readable.length < texts.length) return;
  const material = parse(tls, readable, variables, findings);
  if (material && material.notAfter.getTime() < Date.now())
    findings.warn(`${nameOf(variables.cert)} names a certificate that ended on ${dayOf(material.notAfter)}`);
};

const parse = (
  tls: TlsConfig,
  texts: readonly string[],
  variables: Variables,
  findings: Findings,
): TlsMaterial | undefined => {
  try {
    return parseTlsFiles(tls, texts);
  } catch (error) {
    if (!(error instanceof TlsFilesError)) throw error;
    const problem = `names a file that cannot be used: ${error.message}`;
    findings.problem(nameOf(variables[error.file]), problem, "give PEM files that belong together");
    return undefined;
  }
};

const dayOf = (date: Date): string => date.toISOString().slice(0, 10);
