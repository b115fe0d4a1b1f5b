import { z } from "zod";
import type { Script } from "../answers/scripts.ts";
import { milliseconds, readForm, share, text } from "./form.ts";

/** Bytes as base64 in fields of their own; `times: null` = until it is removed. */
export const answerForm = z
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

export const scriptForm = z.strictObject({
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

export type ScriptJson = z.input<typeof scriptForm>;

/** @throws FormError */
export const readScript = (json: unknown): Script => {
  const { answer, times, ...conditions } = readForm(scriptForm, json);
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
