import { z } from "zod";

/** A pure function of `src/catalog/hooks.ts`, and the vendor's page that asks for it. */
const hook = z.strictObject({ name: z.string(), documentation: z.url() });

/** What no field can say, at fixed points. */
export const hookFacts = z.strictObject({
  /** The finished authorization URL → the one to open. */
  authorizeUrl: hook.exactOptional(),
  /** The parameters of a token call → those to send. */
  tokenRequest: hook.exactOptional(),
  /** The JSON of a token answer → the one to read. */
  tokenAnswer: hook.exactOptional(),
  /** The callback's parameters → whether the vendor sent them. */
  callback: hook.exactOptional(),
});
