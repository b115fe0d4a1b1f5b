import { SECOND } from "../time.ts";
import type { FlowSettings } from "./options.ts";

/** How long the tokens of an exchange are tried to be stored while the database is away: they live only here, and a person's browser waits. */
export const SAVE_PATIENCE_MS = 10 * SECOND;

const MARGIN_SECONDS = 35;

/** Without an outcome for so long, whoever redeemed the code is gone: longer than an exchange and the patience of storing together. */
export const interruptedAfterSeconds = (settings: Pick<FlowSettings, "providerTimeoutSeconds">): number =>
  settings.providerTimeoutSeconds + SAVE_PATIENCE_MS / SECOND + MARGIN_SECONDS;
