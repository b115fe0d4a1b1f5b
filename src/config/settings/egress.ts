import { parseHostItem, parseInsecureLoopback } from "../urls.ts";
import { boolean, list, path } from "../value-types.ts";
import { plain } from "./setting.ts";

export const egressSettings = {
  egressAllow: plain({
    name: "BROKER_EGRESS_ALLOW",
    group: "Outgoing requests",
    type: list(
      (item) => parseHostItem(item.toLowerCase()),
      "`host` (every port) or `host:port`; no wildcards, no paths",
    ),
    default: [],
    defaultText: "none",
    doc: "Hosts that come from RPC, discovery or `provider_config` and may resolve to private addresses or use a port other than 443. Hosts that the operator wrote into the environment need no entry.",
  }),
  egressCaFile: plain({
    name: "BROKER_EGRESS_CA_FILE",
    group: "Outgoing requests",
    type: path,
    default: undefined,
    defaultText: "unset: the public authorities",
    doc: "A PEM file of certificate authorities to trust besides the public ones. Read again when it changes.",
  }),
  egressProxyBlocksPrivate: plain({
    name: "BROKER_EGRESS_PROXY_BLOCKS_PRIVATE",
    group: "Outgoing requests",
    type: boolean,
    default: false,
    doc: "States that the proxy of `BROKER_EGRESS_PROXY` refuses private, loopback and link-local addresses and metadata services, also behind names. Behind a proxy the broker sees names alone; without this statement URLs that come from RPC, discovery or `provider_config` are refused, unless `BROKER_EGRESS_ALLOW` lists their host.",
  }),
  insecureLoopback: plain({
    name: "BROKER_ALLOW_INSECURE_LOOPBACK",
    group: "Outgoing requests",
    type: {
      expects: "true, false or a comma-separated list of `host:port` on this machine",
      parse: parseInsecureLoopback,
    },
    default: [],
    defaultText: "`false`",
    doc: "Allows providers on this machine, and plain http to them: the `host:port` pairs listed, or with `true` every port but the broker's own and the database's. Refused in production.",
  }),
} as const;
