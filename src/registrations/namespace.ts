import { invalidField } from "../errors.ts";

const NAMESPACE = /^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/;
const DEFAULT_NAMESPACE = "default";

/** `/connect/callback/mcp/…` is not a namespace's callback. */
const RESERVED: ReadonlySet<string> = new Set(["mcp"]);

/**
 * The namespace a caller means: empty or absent is `default`. There is no creation step.
 *
 * @throws BrokerError INVALID_REQUEST.
 */
export const namespaceOf = (namespace: string | undefined): string => {
  if (namespace === undefined || namespace === "") return DEFAULT_NAMESPACE;
  if (!NAMESPACE.test(namespace)) throw invalidField("namespace", `must match ${NAMESPACE.source}`);
  if (RESERVED.has(namespace)) throw invalidField("namespace", `${namespace} is reserved: choose another`);
  return namespace;
};
