import { integer } from "../value-types.ts";
import { plain } from "./setting.ts";

export const rateLimitSettings = {
  rateLimitGetToken: plain({
    name: "BROKER_RATE_LIMIT_GET_TOKEN_PER_SECOND",
    group: "Rate limits",
    type: integer(0, 1_000_000),
    default: 1000,
    doc: "GetToken: calls a second of one caller, on each replica by itself, with bursts of two seconds' worth; 0 = no limit.",
  }),
  rateLimitStart: plain({
    name: "BROKER_RATE_LIMIT_START_PER_MINUTE",
    group: "Rate limits",
    type: integer(0, 1_000_000),
    default: 600,
    doc: "StartAuthorization and StartLogin: calls a minute of one caller over all replicas, all at once if need be; 0 = no limit.",
  }),
  rateLimitAdmin: plain({
    name: "BROKER_RATE_LIMIT_ADMIN_PER_MINUTE",
    group: "Rate limits",
    type: integer(0, 1_000_000),
    default: 300,
    doc: "The admin service, and RegisterProvider, DeleteProvider and VerifyProvider: calls a minute of one caller over all replicas, all at once if need be; 0 = no limit.",
  }),
  rateLimitCallback: plain({
    name: "BROKER_RATE_LIMIT_CALLBACK_PER_MINUTE",
    group: "Rate limits",
    type: integer(0, 1_000_000),
    default: 60,
    doc: "Callbacks that name no flow: requests a minute of one client address over all replicas, before nothing more is looked up for it. A state that this broker made gets through all the same. 0 = no limit.",
  }),
  trustedProxyHops: plain({
    name: "BROKER_TRUSTED_PROXY_HOPS",
    group: "Rate limits",
    type: integer(0, 10),
    default: 0,
    doc: "How many proxies stand in front of the callback listener, each adding to `X-Forwarded-For` the address it was called from. 0: the header is not read, and the address of the connection counts.",
  }),
} as const;
