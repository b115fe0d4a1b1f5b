import type { DescEnum, DescField, DescMessage } from "@bufbuild/protobuf";
import type { AuditRecord } from "../audit/index.ts";

type Values = Readonly<Record<string, unknown>>;

/** The facts of a call that its messages tell. */
export type MessageFacts = Pick<
  AuditRecord,
  "namespace" | "connectionId" | "userId" | "provider" | "mcpServer" | "version" | "details"
>;

/**
 * The only fields of a message, besides those that name a grant, that a record repeats: what was asked for, by names, numbers, flags and choices. No text
 * that a person wrote, no URL, nothing secret. A field of a new message with one of these names is recorded, and any other is not.
 */
export const DETAIL_FIELDS: ReadonlySet<string> = new Set([
  "all",
  "allow_account_change",
  "allow_missing",
  "authorization_id",
  "caller",
  "completion",
  "connections",
  "done",
  "dry_run",
  "force",
  "force_shared",
  "here_only",
  "id",
  "keep_granted_scopes",
  "keep_tokens",
  "login_id",
  "mcp_server_host",
  "more",
  "provider_revocation",
  "rejected_version",
  "replace",
  "replace_version",
  "required_scopes",
  "resealed",
  "scopes",
  "source",
  "template",
  "token_name",
  "tokens",
  "unreadable",
  "verify",
  "whole_namespace",
]);

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const NAMESPACE = /^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/;
const PROVIDER = /^[a-z0-9][a-z0-9_-]{0,62}$/;
const NAME_FIELDS = ["provider", "name"] as const;

/**
 * Of the request whose grant or object it is; of the answer what only the broker knows (the connection of a ticket, a new version). A value that is not of
 * its field's form is left out: it may be anything, such as a token in the wrong place.
 */
export const messageFacts = (
  { input, output }: { readonly input: DescMessage; readonly output: DescMessage },
  request: object,
  answer: object | undefined,
): MessageFacts => {
  const asked = request as Values;
  const answered = (answer ?? {}) as Values;
  const connection = (answered["connection"] ?? {}) as Values;
  const text = (name: string): string => textOf(asked[name]) || textOf(connection[name]);
  return {
    namespace: formed(text("namespace") || "default", NAMESPACE),
    connectionId: formed(text("connectionId"), UUID).toLowerCase(),
    userId: text("userId"),
    provider: formed(NAME_FIELDS.map(text).find((value) => value !== "") ?? "", PROVIDER),
    mcpServer: hostOf(text("mcpServerUrl")),
    version: versionOf(answered["version"]) || versionOf(connection["version"]),
    details: {
      ...detailsOf(input, asked),
      ...(answer && detailsOf(output, answered)),
    },
  };
};

const textOf = (value: unknown): string => (typeof value === "string" ? value : "");
const versionOf = (value: unknown): bigint => (typeof value === "bigint" ? value : 0n);
const formed = (value: string, form: RegExp): string => (form.test(value) ? value : "");
const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).host : "");

const detailsOf = ({ fields }: DescMessage, values: Values): Record<string, unknown> =>
  Object.fromEntries(
    fields
      .filter(({ name }) => DETAIL_FIELDS.has(name))
      .map((field): [string, unknown] => [field.name, detailOf(field, values[field.localName])])
      .filter(([, value]) => value !== undefined),
  );

/** What is unset, empty or false tells nothing. */
const detailOf = (field: DescField, value: unknown): unknown => {
  switch (field.fieldKind) {
    case "scalar":
      return scalarOf(value);
    case "enum":
      return enumName(field.enum, value);
    case "list":
      return listOf(field, value as readonly unknown[] | undefined);
    default:
      return undefined;
  }
};

const scalarOf = (value: unknown): unknown => {
  if (typeof value === "bigint") return value === 0n ? undefined : String(value);
  return value === "" || value === false || value === 0 || value instanceof Uint8Array ? undefined : value;
};

const enumName = (desc: DescEnum, value: unknown): string | undefined =>
  value === 0 ? undefined : desc.values.find(({ number }) => number === value)?.name;

/** Of a list of messages, how many. */
const listOf = (
  { listKind }: DescField & { readonly fieldKind: "list" },
  values: readonly unknown[] = [],
): unknown => {
  if (values.length === 0) return undefined;
  return listKind === "scalar" ? values.filter((value) => typeof value === "string") : values.length;
};
