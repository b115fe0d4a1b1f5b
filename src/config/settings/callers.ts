import { parseOrigin } from "../urls.ts";
import { list, path } from "../value-types.ts";
import { plain } from "./setting.ts";

export const callerSettings = {
  apiKeysFile: plain({
    name: "BROKER_API_KEYS_FILE",
    group: "Callers",
    type: path,
    default: undefined,
    defaultText: "unset: open on loopback in development",
    doc: "A file of callers: one `<id> <SHA-256 of the secret in hex>` a line, `#` begins a comment, two lines with one id are two live keys. `token-broker apikey new <id>` makes a line. Read again when it changes. Callers send `authorization: Bearer tbk_<id>_<secret>`.",
  }),
  jwtIssuersFile: plain({
    name: "BROKER_JWT_ISSUERS_FILE",
    group: "Callers",
    type: path,
    default: undefined,
    defaultText: "unset: no JWTs",
    doc: "A YAML or JSON file of issuers whose JWTs prove callers (`issuers`) and people (`subjects`). Read again when it changes. [How to secure callers](../how-to/secure-callers.md) shows it.",
  }),
  policyFile: plain({
    name: "BROKER_POLICY_FILE",
    group: "Callers",
    type: path,
    default: undefined,
    defaultText: "unset: everything is allowed in development",
    doc: "A YAML file of rules that say which caller may do what; what no rule allows is refused. Production requires it. Read again when it changes and on SIGHUP; a file that cannot be used leaves the last good rules in force. [How to secure callers](../how-to/secure-callers.md) shows it.",
  }),
  corsOrigins: plain({
    name: "BROKER_CORS_ORIGINS",
    group: "Callers",
    type: list(parseOrigin, "origins of pages, such as `https://app.example.com`"),
    default: [],
    defaultText: "none: no browser may call",
    doc: "Pages of these origins may call what a person's own JWT allows: StartAuthorization, CompleteAuthorization, ListConnections and RevokeConnection. No other RPC ever answers a page.",
  }),
} as const;
