/**
 * What vendors answer, in the shape that they document, read by the rules of their entries. `source` is the page or the
 * source that the shape was taken from; `assumed` means that none could be read.
 */
import { readdirSync, readFileSync } from "node:fs";
import { processAuthorizationCodeResponse } from "oauth4webapi";
import { afterAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { completeDefinition, findTemplate } from "../../src/catalog/index.ts";
import { readTokenAnswer } from "../../src/oauth/token-answer.ts";
import { judgeTokenAnswer } from "../../src/oauth/token-judge.ts";
import type { TokenSet } from "../../src/oauth/token-set.ts";

const FOLDER = new URL("answers/", import.meta.url);

const reading = z.strictObject({
  accessToken: z.string(),
  refreshToken: z.string().optional(),
  expiresInSeconds: z.number().optional(),
  scopes: z.array(z.string()).optional(),
  metadata: z.record(z.string(), z.string()).optional(),
  more: z.array(z.looseObject({ name: z.string(), accessToken: z.string() })).optional(),
});

const replay = z.union([
  z.strictObject({
    provider: z.string(),
    source: z.union([z.literal("assumed"), z.url({ protocol: /^https$/ })]),
    note: z.string().optional(),
    /** The JSON of the answer. */
    answer: z.record(z.string(), z.unknown()),
    read: reading,
  }),
  z.strictObject({
    provider: z.string(),
    source: z.union([z.literal("assumed"), z.url({ protocol: /^https$/ })]),
    note: z.string().optional(),
    /** The answer as it is, where it is no JSON. */
    text: z.string(),
    read: reading,
  }),
]);

const replays = readdirSync(FOLDER)
  .filter((file) => file.endsWith(".json"))
  .map((file) => ({ file, ...replay.parse(JSON.parse(readFileSync(new URL(file, FOLDER), "utf8"))) }));

const documented = replays.filter(({ source }) => source !== "assumed");

const bodyOf = (known: (typeof replays)[number]): string =>
  "text" in known ? known.text : JSON.stringify(known.answer);

const readAnswer = async (provider: string, body: string): Promise<TokenSet> => {
  const definition = completeDefinition(findTemplate(provider)!);
  const answer = await readTokenAnswer(definition.tokenAnswer, new Response(body));
  return judgeTokenAnswer(definition, answer, (conforming) =>
    processAuthorizationCodeResponse({ issuer: "https://idp.example" }, { client_id: "client" }, conforming),
  );
};

describe("what vendors answer", () => {
  afterAll(() => {
    console.info(
      `answers: ${documented.length} in a shape that was read, ${replays.length - documented.length} assumed`,
    );
  });

  it.each(replays)("is understood: $provider ($source)", async (known) => {
    const tokens = await readAnswer(known.provider, bodyOf(known));
    const { metadata = {}, more, expiresInSeconds, ...read } = known.read;
    expect(tokens).toMatchObject({ ...read, metadata });
    expect(tokens.refreshToken).toBe(read.refreshToken);
    expect(tokens.scopes).toEqual(read.scopes);
    if (expiresInSeconds !== undefined) expect(tokens.expiresInSeconds).toBe(expiresInSeconds);
    expect(tokens.more ?? []).toMatchObject(more ?? []);
  });

  it("is replayed for a hundred providers, each in a file of its name", () => {
    expect(replays.map(({ file }) => file)).toEqual(replays.map(({ provider }) => `${provider}.json`));
    expect(replays.length).toBeGreaterThanOrEqual(101);
  });
});
