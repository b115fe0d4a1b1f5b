import { SECOND } from "../time.ts";
import type { FlowSettings } from "./options.ts";

/** How long the tokens of an exchange are tried to be stored while the database is away: they live only here, and a person's browser waits. */
export const SAVE_PATIENCE_MS = 10 * SECOND;

/** How long the vendor's API may take to say what the catalog wants to know of the account. The tokens wait for it. */
export const FOLLOW_UP_PATIENCE_MS = 5 * SECOND;

const MARGIN_SECONDS = 30;

/** Without an outcome for so long, whoever redeemed the code is gone: longer than an exchange and what follows it together. */
export const interruptedAfterSeconds = (settings: Pick<FlowSettings, "providerTimeoutSeconds">): number =>
  settings.providerTimeoutSeconds + (FOLLOW_UP_PATIENCE_MS + SAVE_PATIENCE_MS) / SECOND + MARGIN_SECONDS;
