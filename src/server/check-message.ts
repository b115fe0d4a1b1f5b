import type { DescField, DescMessage, Message } from "@bufbuild/protobuf";
import { pathToString } from "@bufbuild/protobuf/reflect";
import { createValidator, type Violation } from "@bufbuild/protovalidate";
import { BrokerError, type FieldViolation } from "../errors.ts";

/** Checks a message against the annotations of the contract. @throws BrokerError INVALID_REQUEST with every field that is wrong. */
export type CheckMessage = (desc: DescMessage, message: Message) => void;

export const createMessageCheck = (): CheckMessage => {
  const validator = createValidator();
  return (desc, message) => {
    const result = validator.validate(desc, message);
    if (result.kind === "error") throw result.error;
    const fieldViolations =
      result.kind === "invalid" ? result.violations.map(fieldViolation) : nulViolations(desc, message);
    if (fieldViolations.length === 0) return;
    const text = fieldViolations.map(({ field, description }) => `${field}: ${description}`).join("; ");
    throw new BrokerError("INVALID_REQUEST", text, { fieldViolations });
  };
};

const fieldViolation = (violation: Violation): FieldViolation => ({
  field: fieldOf(violation),
  description: violation.message,
});

/** The rule "exactly one of provider and mcp_server_url" belongs to no field: the first of them stands for it. */
const fieldOf = ({ field, ruleId }: Violation): string =>
  ruleId === "message.oneof" ? "provider" : pathToString(field);

/** No text of the contract may hold U+0000, which no database keeps; the annotations say so where it is most likely. */
const nulViolations = ({ fields }: DescMessage, message: Message): FieldViolation[] => {
  const values = message as unknown as Readonly<Record<string, unknown>>;
  return fields
    .filter((field) => textsOf(field, values[field.localName]).some((text) => text.includes("\0")))
    .map(({ name }) => ({ field: name, description: "must not contain U+0000" }));
};

const textsOf = ({ fieldKind }: DescField, value: unknown): readonly string[] => {
  if (typeof value === "string") return [value];
  if (fieldKind === "list") return (value as readonly unknown[]).filter((item) => typeof item === "string");
  if (fieldKind !== "map") return [];
  return Object.entries(value as object).flatMap(([key, item]) =>
    typeof item === "string" ? [key, item] : [key],
  );
};
