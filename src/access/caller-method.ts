import type { X509Certificate } from "node:crypto";
import type { Caller } from "./caller.ts";
import type { RequestHeaders } from "./request-headers.ts";

/** What the transport knows of the peer. */
export interface CallerConnection {
  /** The chain that the peer presented and whose key it holds, leaf first; empty without one. Nothing of it needs to be verified. */
  peerCertificates(): readonly X509Certificate[];
}

/** One way to prove who calls. `undefined`: nothing of its kind was presented. What was presented and is wrong is an error, whatever else was presented. */
export type CallerMethod = (
  headers: RequestHeaders,
  connection: CallerConnection,
) => Caller | undefined | Promise<Caller>;

/** The metadata in which a caller hands on the token of the person it acts for. */
export const SUBJECT_TOKEN = "tokenbroker-subject-token";
