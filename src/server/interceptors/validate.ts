import { pathToString } from "@bufbuild/protobuf/reflect";
import { createValidator, type Violation } from "@bufbuild/protovalidate";
import type { Interceptor } from "@connectrpc/connect";
import { BrokerError, type FieldViolation } from "../../errors.ts";

/** The rule "exactly one of provider and mcp_server_url" belongs to no field: the first of them stands for it. */
const fieldOf = ({ field, ruleId }: Violation): string =>
  ruleId === "message.oneof" ? "provider" : pathToString(field);

const fieldViolation = (violation: Violation): FieldViolation => ({
  field: fieldOf(violation),
  description: violation.message,
});

/** Checks every unary request against the annotations of the contract before an implementation sees it. */
export const validateRequests = (): Interceptor => {
  const validator = createValidator();
  return (next) => (request) => {
    if (request.stream) return next(request);
    const result = validator.validate(request.method.input, request.message);
    if (result.kind === "valid") return next(request);
    if (result.kind === "error") throw result.error;
    const fieldViolations = result.violations.map(fieldViolation);
    const message = fieldViolations.map((v) => `${v.field}: ${v.description}`).join("; ");
    throw new BrokerError("INVALID_REQUEST", message, { fieldViolations });
  };
};
