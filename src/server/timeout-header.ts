/** The longest that a timer of the runtime can be; one that is set to more ends at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;
const MAX_TIMER_HOURS = Math.floor(MAX_TIMER_MS / 3_600_000);

const HOURS_PER_UNIT: Readonly<Record<string, number>> = { H: 1, M: 1 / 60, S: 1 / 3600 };

/**
 * Shortens a caller's timeout to what a timer can be: a long one is accepted, and the server's own bound applies. What is not a timeout is left for the
 * framework to refuse.
 */
export const limitTimeout = (header: Headers): void => {
  const connect = header.get("connect-timeout-ms");
  if (connect !== null && /^\d+$/.test(connect) && Number(connect) > MAX_TIMER_MS)
    header.set("connect-timeout-ms", String(MAX_TIMER_MS));
  const [, amount = "", unit = ""] = /^(\d{1,8})([HMS])$/.exec(header.get("grpc-timeout") ?? "") ?? [];
  if (Number(amount) * (HOURS_PER_UNIT[unit] ?? 0) > MAX_TIMER_HOURS)
    header.set("grpc-timeout", `${MAX_TIMER_HOURS}H`);
};
