import { issuerProblem } from "../providers/endpoint-url.ts";

/**
 * An issuer identifier as its server spells it: it is compared as a plain string, so nothing in it is changed (RFC 8414 section 2). Whether http on this
 * machine may be called is the egress's to say. undefined = unusable.
 */
export const parseIssuer = (text: string): string | undefined =>
  issuerProblem(text, { insecureLoopback: "all", ipLiterals: true }) === undefined ? text : undefined;
