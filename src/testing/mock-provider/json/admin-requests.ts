import { z } from "zod";
import { readForm, text } from "./form.ts";

const grantsForm = z.strictObject({
  count: z.int().positive().max(1_000_000).exactOptional(),
  clientId: text.exactOptional(),
  scopes: z.array(text).exactOptional(),
  subject: text.exactOptional(),
  labels: z.array(text).exactOptional(),
});

export const readGrantsRequest = (json: unknown) => readForm(grantsForm, json);

const storedForm = z.strictObject({
  tokens: z.array(
    z.strictObject({
      connectionId: text,
      refreshToken: text.exactOptional(),
      fingerprint: text.exactOptional(),
    }),
  ),
});

export const readStoredTokens = (json: unknown) => readForm(storedForm, json).tokens;

const clockForm = z.union([z.strictObject({ moveMs: z.number() }), z.strictObject({ offsetMs: z.number() })]);

export const readClockRequest = (json: unknown) => readForm(clockForm, json);
