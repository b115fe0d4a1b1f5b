/** The JSON of the configuration file and of the admin API. `null` stands for what is `undefined` in TypeScript: none, no limit. */
import { z } from "zod";
import type { Script } from "./scripts.ts";
import type { VendorSettings } from "./settings.ts";

const share = z.number().min(0).max(1);
const milliseconds = z.number().nonnegative();
const seconds = z.number().nonnegative();
const text = z.string();

const settingForms = {
  rotation: z.boolean(),
  graceMs: milliseconds,
  revokeFamilyOnReuse: z.boolean(),
  killAccessTokenOnRefresh: z.boolean(),
  issueRefreshToken: z.boolean(),
  accessLifetimeSeconds: seconds.nullable(),
  expiresInSeconds: z.number().nullable(),
  refreshLifetimeSeconds: seconds.nullable(),
  refreshIdleSeconds: seconds.nullable(),
  refreshNotBeforeSeconds: seconds,
  grantsPerSubject: z.int().positive().nullable(),
  clients: z.record(text, text.nullable()),
  authorizeError: text.nullable(),
  subject: text,
  iss: text.nullable(),
  requiresPkce: z.boolean(),
  grantableScopes: z.array(text).nullable(),
  extraScopes: z.array(text),
  listsScopes: z.boolean(),
  scopeSeparator: z.enum([" ", ",", "array"]),
  listsRefreshLifetime: z.boolean(),
  formEncodedAnswers: z.boolean(),
  errorDialect: z.strictObject({
    body: z.enum(["rfc6749", "ok-false", "errors", "nested", "form", "html", "empty"]).default("rfc6749"),
    status: z.int().min(200).max(599).exactOptional(),
    codes: z.record(text, text).default({}),
  }),
  answerDelayMs: milliseconds,
  answerDelays: z.array(z.strictObject({ share, fromMs: milliseconds, toMs: milliseconds })),
  rateLimit: z
    .strictObject({
      requests: z.int().nonnegative(),
      perSeconds: z.number().positive().default(1),
      by: z.enum(["vendor", "client", "grant"]).default("vendor"),
      retryAfter: text.default("seconds"),
    })
    .nullable(),
} satisfies Record<Exclude<keyof VendorSettings, "tokenAnswer">, z.ZodType>;

const settingsForm = z.strictObject(settingForms).partial();

const answerForm = z
  .strictObject({
    status: z.int().min(200).max(599),
    headers: z.record(text, z.union([text, z.array(text)])),
    body: text,
    bodyBase64: z.base64(),
    json: z.unknown(),
    raw: text,
    rawBase64: z.base64(),
    waitMs: milliseconds,
    delayMs: milliseconds,
    chunkBytes: z.int().positive(),
    paceMs: milliseconds,
    fault: z.enum(["hang", "stall", "reset", "truncate", "endless"]),
    afterProcessing: z.boolean(),
    own: z.boolean(),
  })
  .partial();

const scriptForm = z.strictObject({
  answer: answerForm,
  endpoint: z.enum(["authorize", "token", "revoke", "userinfo", "other"]).exactOptional(),
  clientId: text.exactOptional(),
  grant: text.exactOptional(),
  grantType: text.exactOptional(),
  times: z.int().positive().nullable().exactOptional(),
  afterMs: milliseconds.exactOptional(),
  forMs: milliseconds.exactOptional(),
  share: share.exactOptional(),
});

export type SettingsJson = z.input<typeof settingsForm>;
export type ScriptJson = z.input<typeof scriptForm>;

/** `null` becomes undefined, in the table of clients as well. */
export const readSettings = (json: unknown): Partial<VendorSettings> => {
  const { clients, ...rest } = parse(settingsForm, json);
  const settings = {
    ...withoutNulls(rest),
    ...(clients === undefined ? {} : { clients: withoutNulls(clients) }),
  };
  return settings as Partial<VendorSettings>;
};

export const readScript = (json: unknown): Script => {
  const { answer, times, ...conditions } = parse(scriptForm, json);
  const { bodyBase64, rawBase64, ...plain } = answer;
  return {
    ...conditions,
    ...(times === undefined ? {} : { times: times ?? Infinity }),
    answer: {
      ...(plain as Script["answer"]),
      ...(bodyBase64 === undefined ? {} : { body: Buffer.from(bodyBase64, "base64") }),
      ...(rawBase64 === undefined ? {} : { raw: Buffer.from(rawBase64, "base64") }),
    },
  };
};

/** The way out: undefined becomes `null`. */
export const settingsToJson = ({
  clients,
  ...rest
}: Partial<Omit<VendorSettings, "tokenAnswer">>): SettingsJson =>
  ({ ...withNulls(rest), ...(clients === undefined ? {} : { clients: withNulls(clients) }) }) as SettingsJson;

export const scriptToJson = ({ answer, times, ...conditions }: Script): ScriptJson =>
  ({
    ...conditions,
    ...(times === undefined ? {} : { times: times === Infinity ? null : times }),
    answer: { ...answer, ...bytesToJson("body", answer.body), ...bytesToJson("raw", answer.raw) },
  }) as ScriptJson;

const bytesToJson = (name: "body" | "raw", bytes: string | Uint8Array | undefined): Record<string, unknown> =>
  bytes === undefined || typeof bytes === "string"
    ? {}
    : { [name]: undefined, [`${name}Base64`]: Buffer.from(bytes).toString("base64") };

const withNulls = (given: object): Record<string, unknown> =>
  Object.fromEntries(Object.entries(given).map(([key, value]) => [key, (value as unknown) ?? null]));

type WithoutNulls<T> = { [K in keyof T]: null extends T[K] ? Exclude<T[K], null> | undefined : T[K] };

const withoutNulls = <T extends object>(given: T): WithoutNulls<T> =>
  Object.fromEntries(
    Object.entries(given).map(([key, value]) => [key, value ?? undefined]),
  ) as WithoutNulls<T>;

const grantsForm = z.strictObject({
  count: z.int().positive().max(1_000_000).exactOptional(),
  clientId: text.exactOptional(),
  scopes: z.array(text).exactOptional(),
  subject: text.exactOptional(),
  labels: z.array(text).exactOptional(),
});

export const readGrantsRequest = (json: unknown) => parse(grantsForm, json);
export type GrantsRequestJson = z.input<typeof grantsForm>;

const storedForm = z.strictObject({
  tokens: z.array(
    z.strictObject({
      connectionId: text,
      refreshToken: text.exactOptional(),
      fingerprint: text.exactOptional(),
    }),
  ),
});

export const readStoredTokens = (json: unknown) => parse(storedForm, json).tokens;

const clockForm = z.union([z.strictObject({ moveMs: z.number() }), z.strictObject({ offsetMs: z.number() })]);

export const readClockRequest = (json: unknown) => parse(clockForm, json);

const configForm = z.strictObject({
  port: z.int().min(0).max(65_535).exactOptional(),
  seed: z.int().nonnegative().exactOptional(),
  log: text.exactOptional(),
  vendors: z.record(text, z.strictObject({ ...settingForms, scripts: z.array(z.unknown()) }).partial()),
});

export interface VendorConfig {
  readonly settings: Partial<VendorSettings>;
  readonly scripts: readonly Script[];
}

export interface Config {
  readonly port: number | undefined;
  readonly seed: number | undefined;
  readonly log: string | undefined;
  readonly vendors: ReadonlyMap<string, VendorConfig>;
}

export const readConfig = (json: unknown): Config => {
  const { port, seed, log, vendors } = parse(configForm, json);
  const configs = Object.entries(vendors).map(([name, { scripts = [], ...settings }]) => {
    const config: VendorConfig = { settings: readSettings(settings), scripts: scripts.map(readScript) };
    return [name, config] as const;
  });
  return { port, seed, log, vendors: new Map(configs) };
};

/** What was sent is not what is expected; the message names each field. */
export class FormError extends Error {}

const parse = <T extends z.ZodType>(form: T, json: unknown): z.output<T> => {
  const result = form.safeParse(json);
  if (result.success) return result.data;
  throw new FormError(result.error.issues.map(describeIssue).join("; "));
};

const describeIssue = ({ path, message }: z.core.$ZodIssue): string =>
  `${path.length === 0 ? "the whole" : path.join(".")}: ${message}`;
