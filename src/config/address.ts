import { isIPv4, isIPv6 } from "node:net";
import type { ListenAddress } from "./config.ts";
import { isLoopbackHost } from "./hosts.ts";

const HOST_NAME = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/i;
const UNIX = "unix://";

/** `127.0.0.1:8080`, `[::1]:0`, `localhost:8080` or `unix:///run/broker.sock`; `undefined` for anything else. */
export const parseListenAddress = (text: string): ListenAddress | undefined => {
  if (text.startsWith(UNIX)) return parseUnix(text.slice(UNIX.length));
  const [, bracketed, plain, digits = ""] = /^(?:\[([^\]]*)\]|([^:]*)):(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? plain ?? "";
  const port = Number(digits);
  const isHost = bracketed === undefined ? isIPv4(host) || isName(host) : isIPv6(host);
  return isHost && port <= 65_535 ? { kind: "tcp", host, port } : undefined;
};

const parseUnix = (path: string): ListenAddress | undefined =>
  path.startsWith("/") && path.length > 1 && !path.includes("\0") ? { kind: "unix", path } : undefined;

/** A name whose last label is a number would be read as an address (WHATWG URL, "ends in a number"). */
const isName = (host: string): boolean => HOST_NAME.test(host) && !/(^|\.)\d+$/.test(host);

/** The text that `parseListenAddress` reads. */
export const formatListenAddress = (address: ListenAddress): string => {
  if (address.kind === "unix") return UNIX + address.path;
  return `${isIPv6(address.host) ? `[${address.host}]` : address.host}:${address.port}`;
};

/** Only this machine can connect: a loopback address or a socket file. */
export const isLocalAddress = (address: ListenAddress): boolean =>
  address.kind === "unix" || isLoopbackHost(address.host);
