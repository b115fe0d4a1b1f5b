import { z } from "zod";
import type { SpooledToken } from "./spool.ts";

const moment = z
  .union([
    z.object({ afterSeconds: z.number() }),
    z.object({ at: z.iso.datetime().transform((text) => new Date(text)) }),
  ])
  .optional();

const version = z
  .string()
  .regex(/^[0-9]+$/)
  .transform(BigInt);

const shape = z.object({
  key: z.object({
    namespace: z.string(),
    connectionId: z.uuid(),
    userId: z.string(),
    provider: z.string(),
    mcpServerUrl: z.string(),
    tokenName: z.string(),
  }),
  id: z.string().regex(/^[0-9]+$/),
  version,
  nextVersion: version,
  update: z.object({
    accessToken: z.string(),
    refreshToken: z.string().optional(),
    raw: z.string(),
    tokenType: z.string(),
    scopes: z.array(z.string()),
    expires: moment,
    refreshExpires: moment,
    nextRefresh: moment,
    providerMetadata: z.record(z.string(), z.string()).optional(),
  }),
  receivedAt: z.iso.datetime().transform((text) => new Date(text)),
});

export const writeSpooled = (token: SpooledToken): string =>
  JSON.stringify(token, (_, value: unknown) => (typeof value === "bigint" ? String(value) : value));

/** undefined = it is none. Says nothing about why: a parser's message would quote the token. */
export const readSpooled = (text: string): SpooledToken | undefined => {
  try {
    const { update, ...rest } = shape.parse(JSON.parse(text));
    const { refreshToken, expires, refreshExpires, nextRefresh, providerMetadata } = update;
    return {
      ...rest,
      update: { ...update, refreshToken, expires, refreshExpires, nextRefresh, providerMetadata },
    };
  } catch {
    return undefined;
  }
};
