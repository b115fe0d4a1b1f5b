import { z } from "zod";

/** A fact that sources disagree about: the entry has the chosen value, this is the rest of the story. */
export const contestedFact = z.strictObject({
  fact: z.enum([
    "authorizeUrl",
    "tokenUrl",
    "refreshUrl",
    "clientAuthentication",
    "pkce",
    "revoke",
    "scopes",
  ]),
  /** What other sources say. Empty where nobody says anything else and the value is doubted all the same. */
  others: z.array(z.strictObject({ value: z.string(), sources: z.array(z.string()).min(1) })),
  /** Why the value was chosen, as a sentence. */
  reason: z.string().endsWith("."),
});

/** What no source states, so that the entry has the usual value. */
export const assumedFact = z.enum(["clientAuthentication", "scopeSeparator", "tokenRequestBody"]);
