import { BrokerError, type FieldViolation } from "../../errors.ts";
import type { InsecureLoopback } from "../config.ts";
import type { Registration } from "../registration.ts";
import { composeRegistration } from "./compose-registration.ts";
import type { FieldProblem, RegistrationInput } from "./registration-input.ts";

export interface DefinedBy {
  readonly source: "code" | "rpc";
  /** Empty = every namespace. */
  readonly namespace: string;
  /** What grants pin: `code:<name>` or `rpc:<uuid>`. */
  readonly id: string;
  /** `BrokerConfig.egress.insecureLoopback`. Left out: no host on this machine, and https without exception. */
  readonly insecureLoopback?: InsecureLoopback;
}

/**
 * A checked registration from code or from RPC. From RPC an endpoint's host is always a name, never an address (but for what the loopback switch
 * names).
 *
 * @throws BrokerError INVALID_REQUEST with one field violation for each problem, under the names of the side it came from: `tokenUrl` and
 *   `values.tenant` for code, `token_url` and `provider_config.tenant` for RPC.
 */
export const defineRegistration = (input: RegistrationInput, by: DefinedBy): Registration => {
  const { source, namespace, id, insecureLoopback = [] } = by;
  const rules = { insecureLoopback, ipLiterals: source === "code" };
  const composition = composeRegistration(input, { source, namespace, id }, rules);
  if (composition.ok) return composition.registration;
  throw invalidRegistration(composition.problems, source);
};

const invalidRegistration = (problems: readonly FieldProblem[], source: "code" | "rpc"): BrokerError => {
  const fieldViolations = problems.map((problem): FieldViolation => ({
    field: fieldPath(problem, source),
    description: `${problem.problem}: ${problem.cure}`,
  }));
  const message = fieldViolations.map(({ field, description }) => `${field} ${description}`).join("; ");
  return new BrokerError("INVALID_REQUEST", message, { fieldViolations });
};

/** The contract says `provider_config` where code says `values`; everything else differs in spelling alone. */
const fieldPath = ({ field, key }: FieldProblem, source: "code" | "rpc"): string => {
  const name = source === "code" ? field : contractName(field);
  return key === undefined ? name : `${name}.${key}`;
};

const contractName = (field: FieldProblem["field"]): string =>
  field === "values" ? "provider_config" : field.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
