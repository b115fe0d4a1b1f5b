import { type ListenAddress } from "../config.ts";
import { clientBundleFiles } from "../tls.ts";
import { choice, listenAddress, path } from "../value-types.ts";
import { plain } from "./setting.ts";

const tcp = (port: number): ListenAddress => ({ kind: "tcp", host: "127.0.0.1", port });

export const listenerSettings = {
  mode: plain({
    name: "BROKER_MODE",
    group: "Process and listeners",
    type: choice("development", "production"),
    default: undefined,
    defaultText: "decided by the other settings",
    doc: "Unset, it is `development` only if nothing looks otherwise: no `NODE_ENV=production`, no database off this machine, no https `CONNECT_API_BASE`, every listener on loopback. The first log line says which and why. `production` refuses to start without an encryption key, `CONNECT_API_BASE`, authenticated callers on a TCP RPC listener, a policy and an explicit `BROKER_COMPLETION`.",
  }),
  nodeEnv: plain({
    name: "NODE_ENV",
    group: "Process and listeners",
    type: { expects: "a text", parse: (text) => text },
    default: undefined,
    defaultText: "unset",
    doc: "`production` makes the mode `production` where `BROKER_MODE` is unset. Not used otherwise.",
  }),
  logLevel: plain({
    name: "BROKER_LOG_LEVEL",
    group: "Process and listeners",
    type: choice("debug", "info", "warn", "error"),
    default: "info",
    doc: "The least severe log lines to print. No level prints secrets.",
  }),
  rpcAddress: plain({
    name: "BROKER_RPC_ADDR",
    group: "Process and listeners",
    type: listenAddress,
    default: tcp(8080),
    doc: "The internal RPC listener: Connect, gRPC and gRPC-Web on one port, health, reflection. An address off loopback needs callers that prove themselves.",
  }),
  httpAddress: plain({
    name: "BROKER_HTTP_ADDR",
    group: "Process and listeners",
    type: listenAddress,
    default: tcp(8081),
    doc: "The public listener: OAuth callbacks and their result pages. Nothing here returns a token.",
  }),
  telemetryAddress: plain({
    name: "BROKER_TELEMETRY_ADDR",
    group: "Process and listeners",
    type: listenAddress,
    default: tcp(9464),
    doc: "`/healthz/live`, `/healthz/ready` and `/metrics`.",
  }),
  rpcTlsCertFile: plain({
    name: "BROKER_RPC_TLS_CERT_FILE",
    group: "Process and listeners",
    type: path,
    default: undefined,
    defaultText: "unset: no TLS",
    doc: "A PEM file with the certificate of the RPC listener, and behind it those that lead to its authority. With it and `BROKER_RPC_TLS_KEY_FILE` the listener speaks TLS 1.2 and 1.3 and nothing else. Both are read again when they change; connections that stand are not touched.",
  }),
  rpcTlsKeyFile: plain({
    name: "BROKER_RPC_TLS_KEY_FILE",
    group: "Process and listeners",
    type: path,
    default: undefined,
    defaultText: "unset",
    doc: "The PEM private key of `BROKER_RPC_TLS_CERT_FILE`, without a passphrase.",
  }),
  clientBundles: plain({
    name: "BROKER_RPC_TLS_CLIENT_CA_FILE",
    group: "Process and listeners",
    type: clientBundleFiles,
    default: [],
    defaultText: "none: clients are not asked for a certificate",
    doc: "The certificate authorities of each SPIFFE trust domain whose client certificates prove callers. Only the authorities of its own domain vouch for a SPIFFE ID. Clients of the RPC listener are then asked for a certificate. The files are read again when they change.",
  }),
  httpTlsCertFile: plain({
    name: "BROKER_HTTP_TLS_CERT_FILE",
    group: "Process and listeners",
    type: path,
    default: undefined,
    defaultText: "unset: no TLS",
    doc: "As `BROKER_RPC_TLS_CERT_FILE`, for the public listener, where no proxy in front of it ends TLS.",
  }),
  httpTlsKeyFile: plain({
    name: "BROKER_HTTP_TLS_KEY_FILE",
    group: "Process and listeners",
    type: path,
    default: undefined,
    defaultText: "unset",
    doc: "The PEM private key of `BROKER_HTTP_TLS_CERT_FILE`, without a passphrase.",
  }),
} as const;
