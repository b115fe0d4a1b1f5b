import type { Store } from "../store/index.ts";
import type { FailureReason } from "./obstacle.ts";
import type { ReportedProvider, TroubleReports } from "./trouble-reports.ts";

export interface RetryAllDeps {
  readonly store: Pick<Store, "tokens">;
  readonly troubleReports: TroubleReports;
  /** There is work for a sweep. */
  readonly sweepSoon: () => void;
}

const BATCH = 500;

/** The trouble of a registration is over: what waited because of it need not wait any longer. If this fails, each row's own back-off ends within a minute or a quarter of an hour. */
export const retryAll = async (
  { store, troubleReports, sweepSoon }: RetryAllDeps,
  registrationId: string,
  reasons: readonly FailureReason[],
  about: ReportedProvider,
): Promise<void> => {
  try {
    while ((await store.tokens.retryNow(registrationId, reasons, BATCH)) === BATCH);
  } catch (error) {
    troubleReports.missed("waiting connections are not called up yet", error, about);
  }
  sweepSoon();
};
