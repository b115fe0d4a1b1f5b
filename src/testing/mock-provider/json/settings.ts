import { z } from "zod";
import type { VendorSettings } from "../settings.ts";
import { milliseconds, readForm, seconds, share, text } from "./form.ts";

/** Settings as JSON: `null` stands for what is undefined in TypeScript (none, no limit). Complete: a setting without a form does not compile. */
export const settingForms = {
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

export type SettingsJson = z.input<typeof settingsForm>;

/** @throws FormError */
export const readSettings = (json: unknown): Partial<VendorSettings> => {
  const { clients, ...rest } = readForm(settingsForm, json);
  const settings = {
    ...withoutNulls(rest),
    ...(clients === undefined ? {} : { clients: withoutNulls(clients) }),
  };
  return settings as Partial<VendorSettings>;
};

export const settingsToJson = ({
  clients,
  ...rest
}: Partial<Omit<VendorSettings, "tokenAnswer">>): SettingsJson =>
  ({ ...withNulls(rest), ...(clients === undefined ? {} : { clients: withNulls(clients) }) }) as SettingsJson;

const withNulls = (given: object): Record<string, unknown> =>
  Object.fromEntries(Object.entries(given).map(([key, value]) => [key, (value as unknown) ?? null]));

const withoutNulls = (given: object): Record<string, unknown> =>
  Object.fromEntries(Object.entries(given).map(([key, value]) => [key, (value as unknown) ?? undefined]));
