import { z } from "zod";
import { milliseconds, text } from "../mock-provider/json/form.ts";
import { scriptForm } from "../mock-provider/json/script.ts";
import { settingForms } from "../mock-provider/json/settings.ts";

const times = z.int().positive().max(1_000_000);

export const seedForm = z.strictObject({
  connectionId: z.uuid().exactOptional(),
  userId: text.exactOptional(),
  provider: text.exactOptional(),
  namespace: text.exactOptional(),
  scopes: z.array(text).exactOptional(),
  expiresInSeconds: z.int().nonnegative().exactOptional(),
  refreshable: z.boolean().exactOptional(),
});

export const answerForm = z.strictObject({
  status: z.int().min(200).max(599),
  headers: z.record(text, text).exactOptional(),
  body: text.exactOptional(),
  redirectTo: z.enum(["api", "elsewhere"]).exactOptional(),
  times: times.exactOptional(),
});

export const visitForm = z.strictObject({ url: z.url() });

export const restartForm = z.strictObject({
  downMs: milliseconds.exactOptional(),
  abrupt: z.boolean().exactOptional(),
});

export const failForm = z.strictObject({ times, retryAfterMs: milliseconds });

export const hideForm = z.strictObject({ methods: z.array(text) });

export const providerScriptForm = z.strictObject({ ...scriptForm.shape, provider: text.exactOptional() });

/** The file of `--seed`. */
export const kitForm = z.strictObject({
  providers: z
    .record(
      text,
      z.strictObject({
        settings: z.strictObject(settingForms).partial().exactOptional(),
        headerName: text.exactOptional(),
        headerPrefix: text.exactOptional(),
        knowsOrigins: z.boolean().exactOptional(),
      }),
    )
    .exactOptional(),
  connections: z.array(seedForm).exactOptional(),
});
