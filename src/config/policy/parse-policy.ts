import { z } from "zod";
import { compilePattern } from "../pattern.ts";
import { ADMIN_PREFIX, rpcMethods } from "../rpc-methods.ts";
import { duration, readSettingsFile } from "../settings-file.ts";
import { parseRedirectItem } from "../urls.ts";

/** One rule: what some callers may do. All of its conditions hold together; rules never add up within one call. */
export interface PolicyRule {
  /** As the file names it, else `line <n>`. */
  readonly name: string;
  readonly line: number;
  readonly callers: readonly string[];
  readonly namespaces: readonly string[];
  readonly methods: readonly string[];
  /** Names of registrations, and `mcp:<host>` for MCP servers. */
  readonly providers: readonly string[];
  /** Patterns; `any` and `subject` (the person who is proven) are words of their own. */
  readonly users: readonly string[];
  /** undefined = any. */
  readonly scopes: readonly string[] | undefined;
  readonly minTtlMs: number | undefined;
  readonly maxTtlMs: number | undefined;
  /** undefined = whatever the service-wide list allows. */
  readonly redirectUris: readonly string[] | undefined;
}

export interface Policy {
  readonly rules: readonly PolicyRule[];
}

const TEXT = "must be a text, or a list of texts, without control characters";
const text = z
  .string(TEXT)
  .min(1, "must not be empty")
  .max(2048, "must not be longer than 2048 characters")
  .regex(/^\P{Cc}*$/u, TEXT);

/** One text stands for a list of one. */
const texts = <T extends z.ZodType<string, string>>(item: T) =>
  z.preprocess(
    (value) => (typeof value === "string" ? [value] : value),
    z.array(item, TEXT).max(1000, "must not have more than 1000 items"),
  );

const NAMES = [...rpcMethods.broker, ...rpcMethods.login];
const METHOD_HINT = `must be the name of an RPC, or a pattern that means one; those of operators need ${ADMIN_PREFIX} before a pattern`;

const isMethod = (pattern: string): boolean => {
  const isAdmin = pattern.startsWith(ADMIN_PREFIX);
  const matches = compilePattern(isAdmin ? pattern.slice(ADMIN_PREFIX.length) : pattern);
  const names: readonly string[] = isAdmin || !pattern.includes("*") ? rpcMethods.admin : [];
  return [...(isAdmin ? [] : NAMES), ...names].some(matches);
};

const NAMESPACE = /^[a-z*]([a-z0-9*-]{0,61}[a-z0-9*])?$/;
const PROVIDER = /^(mcp:.+|[a-z0-9*][a-z0-9_*-]{0,62})$/;

const redirectItem = text.transform((item, context) => {
  const parsed = parseRedirectItem(item);
  if (parsed === undefined)
    context.addIssue("must be host, host:port or scheme:, as in CONNECT_REDIRECT_ALLOW_HOSTS");
  return parsed ?? z.NEVER;
});

const rule = z.strictObject(
  {
    name: text.optional(),
    callers: texts(text),
    namespaces: texts(text.regex(NAMESPACE, "must be the name of a namespace, or a pattern")).default([
      "default",
    ]),
    methods: texts(text.refine(isMethod, METHOD_HINT)),
    providers: texts(
      text.regex(PROVIDER, "must be the name of a provider, a pattern, or mcp: and the host of MCP servers"),
    ).default([]),
    users: texts(text).default([]),
    scopes: texts(text).optional(),
    min_ttl: duration.optional(),
    max_ttl: duration.optional(),
    redirect_uris: texts(redirectItem).optional(),
  },
  "a rule is a list item with callers and methods",
);

const policy = z.strictObject(
  { rules: z.array(rule, "must be a list of rules").max(10_000, "must not have more than 10000 rules") },
  "must have one field, rules",
);

/**
 * Reads the file of BROKER_POLICY_FILE.
 *
 * @throws SettingsFileError naming the lines.
 */
export const parsePolicy = (source: string): Policy => {
  const { value, lineOf } = readSettingsFile(source, policy);
  return {
    rules: value.rules.map(({ min_ttl, max_ttl, redirect_uris, scopes, ...found }, index) => {
      const line = lineOf(["rules", index]);
      return {
        ...found,
        name: found.name ?? `line ${line}`,
        line,
        scopes,
        minTtlMs: min_ttl,
        maxTtlMs: max_ttl,
        redirectUris: redirect_uris,
      };
    }),
  };
};
