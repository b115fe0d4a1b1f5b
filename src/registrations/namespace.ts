import { invalidField } from "../errors.ts";

const NAMESPACE = /^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/;
const DEFAULT_NAMESPACE = "default";

/**
 * The namespace a caller means: empty or absent is `default`. There is no creation step.
 *
 * @throws BrokerError INVALID_REQUEST.
 */
export const namespaceOf = (namespace: string | undefined): string => {
  if (namespace === undefined || namespace === "") return DEFAULT_NAMESPACE;
  if (!NAMESPACE.test(namespace)) throw invalidField("namespace", `must match ${NAMESPACE.source}`);
  return namespace;
};
