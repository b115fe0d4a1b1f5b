import type { DescMethod } from "@bufbuild/protobuf";
import { Code, type ContextValues } from "@connectrpc/connect";
import { BrokerError, invalidField } from "../errors.ts";
import { progressKey } from "./context.ts";

const FIELD = /^cannot decode field tokenbroker\.v1\.\w+\.(\w+) from JSON/;
const TYPE = /^cannot decode (?:message|enum) ([\w.]+) from JSON/;
const TIMEOUT = /^protocol error: invalid (connect|grpc) timeout value/;

const TIMEOUT_HEADERS: Readonly<Record<string, string>> = {
  connect: "connect-timeout-ms",
  grpc: "grpc-timeout",
};

const FORMS: Readonly<Record<string, string>> = {
  "google.protobuf.Duration": 'must be a number of seconds as text, such as "300s"',
  "google.protobuf.Timestamp": 'must be an RFC 3339 text, such as "2030-01-31T12:00:00Z"',
};
const OTHER_FORM = "must be the name of one of its values";

/** What the framework found wrong before or after our own code ran, said without quoting the request. */
export const rewordRefusal = (
  code: Code,
  message: string,
  method: DescMethod,
  values: ContextValues,
): BrokerError => {
  if (values.get(progressKey).at === "answering")
    return new BrokerError(
      "INTERNAL",
      "the answer could not be written; the broker's log has the request id",
    );
  switch (code) {
    case Code.ResourceExhausted:
      return new BrokerError(
        "MESSAGE_TOO_LARGE",
        "the message is larger than this method accepts (64 KiB; 512 KiB for ImportToken)",
      );
    case Code.Unimplemented:
      return new BrokerError(
        "NOT_AVAILABLE",
        "this compression or use of the protocol is not supported; gzip, br and identity are",
      );
    case Code.Canceled:
    case Code.DeadlineExceeded:
      return new BrokerError("DEADLINE_EXCEEDED", "the request did not arrive within its deadline");
    default:
      return unreadable(message, method);
  }
};

const unreadable = (message: string, method: DescMethod): BrokerError => {
  const field = FIELD.exec(message)?.[1];
  if (field !== undefined) return invalidField(field, "the JSON value does not have this field's type");
  const timeout = TIMEOUT.exec(message)?.[1];
  if (timeout !== undefined)
    return invalidField(TIMEOUT_HEADERS[timeout] ?? "", "is a header of digits, and a unit in grpc-timeout");
  return malformedFields(TYPE.exec(message)?.[1], method) ?? unreadableMessage();
};

/** The framework says which type could not be read and not where: every field of that type is named. */
const malformedFields = (type: string | undefined, { input }: DescMethod): BrokerError | undefined => {
  const fields = input.fields.filter((field) => (field.message ?? field.enum)?.typeName === type);
  if (type === undefined || fields.length === 0) return undefined;
  const description = FORMS[type] ?? OTHER_FORM;
  const names = fields.map(({ name }) => name).join(" or ");
  return new BrokerError("INVALID_REQUEST", `${names}: ${description}`, {
    fieldViolations: fields.map(({ name }) => ({ field: name, description })),
  });
};

/** An empty field path is the whole message. */
const unreadableMessage = (): BrokerError => {
  const description =
    "the message could not be read: check that its content type, compression and encoding agree";
  return new BrokerError("INVALID_REQUEST", description, { fieldViolations: [{ field: "", description }] });
};
