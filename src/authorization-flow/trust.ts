import { findVariable } from "../catalog/index.ts";
import type { Registration } from "../config/index.ts";
import type { Trust } from "../oauth/index.ts";

/** Who answers for the host that the code goes to: the operator wrote it, or it came in a call (the registration, or a host variable of the connection). */
export const trustOf = (
  registration: Pick<Registration, "source" | "definition">,
  providerConfig: Readonly<Record<string, string>>,
): Trust => {
  const choosesHost = Object.keys(providerConfig).some(
    (name) => findVariable(registration.definition, name)?.host !== undefined,
  );
  return registration.source === "rpc" || choosesHost ? "user" : "operator";
};
