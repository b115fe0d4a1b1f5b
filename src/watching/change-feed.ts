import type { ChangeHints, TokenChange, TokenRepository } from "../store/index.ts";
import { errorClass, type Logger } from "../telemetry/index.ts";
import { type Clock, MILLISECOND, SECOND } from "../time.ts";
import { createBell } from "./bell.ts";
import { createHorizon, type Horizon } from "./horizon.ts";

export interface ChangeFeedDeps {
  readonly tokens: Pick<TokenRepository, "changesAfter">;
  readonly hints: ChangeHints;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface ChangeFeedListener {
  /** Each new state of a row, latest states only. */
  changed(changes: readonly TokenChange[]): void;
  /** Anything may have changed unseen. */
  lostTrack(): void;
}

/**
 * Tells of every change of every token row while it runs. One query a second for the whole process, whatever is watched, and one for each hint (of a burst,
 * fifty a second).
 */
export interface ChangeFeed {
  /** Answers a function that ends it. One listener at a time. */
  start(listener: ChangeFeedListener): () => void;
  /** Up to which revision every change has been told of, or was there when the feed began; undefined = not known yet. */
  settled(): bigint | undefined;
}

/** Without hints a change is noticed within this time and the duration of a query. */
const CHECK_INTERVAL_MS = 1 * SECOND;
/** Between two looks. */
const HINT_INTERVAL_MS = 20 * MILLISECOND;
/** Between two looks at everything that is not settled; those in between begin where the last one ended. */
const FULL_INTERVAL_MS = 200 * MILLISECOND;
const PAGE = 1000;

export const createChangeFeed = ({ tokens, hints, clock, logger }: ChangeFeedDeps): ChangeFeed => {
  let current = newLook();

  const run = async (listener: ChangeFeedListener, look: Look, signal: AbortSignal): Promise<void> => {
    const bell = createBell();
    const stopHints = hints.onHint(() => bell.ring());
    signal.addEventListener("abort", () => bell.ring());
    let isFailing = false;
    while (!signal.aborted) {
      try {
        await lookOnce(tokens, look, listener, clock.monotonicMs());
        isFailing = false;
      } catch (error) {
        if (!isFailing)
          logger.warn("watched rows not read, trying again", { error_class: errorClass(error) });
        isFailing = true;
      }
      await pause(isFailing ? CHECK_INTERVAL_MS : HINT_INTERVAL_MS);
      await bell.heardWithin(CHECK_INTERVAL_MS - HINT_INTERVAL_MS);
    }
    stopHints();
  };

  return {
    start(listener) {
      const ending = new AbortController();
      current = newLook();
      void run(listener, current, ending.signal);
      return () => ending.abort();
    },
    settled: () => current.horizon.settled(),
  };
};

interface Look {
  horizon: Horizon;
  /** Rows of revisions after the settled one, and with which revision they have been told of. */
  told: Map<string, bigint>;
  drawn: bigint | undefined;
  /** The highest revision that was told of. */
  top: bigint;
  fullAtMs: number;
  /** Everything up to here is settled, or was drawn before the feed began. */
  from: bigint;
}

const newLook = (): Look => ({
  horizon: createHorizon(),
  told: new Map(),
  drawn: undefined,
  top: 0n,
  fullAtMs: Number.NEGATIVE_INFINITY,
  from: 0n,
});

/** Where nothing is. */
const END = 2n ** 62n;

const lookOnce = async (
  tokens: ChangeFeedDeps["tokens"],
  look: Look,
  listener: ChangeFeedListener,
  nowMs: number,
): Promise<void> => {
  if (look.drawn === undefined) return await begin(tokens, look, nowMs);
  const isFull = nowMs - look.fullAtMs >= FULL_INTERVAL_MS;
  let page = await tokens.changesAfter(isFull ? look.from : look.top, PAGE);
  const seen = page;
  for (;;) {
    const news = page.changes.filter(({ id, revision }) => look.told.get(id) !== revision);
    for (const { id, revision } of news) look.told.set(id, revision);
    if (news.length > 0) listener.changed(news);
    const last = page.changes.at(-1);
    if (last === undefined) break;
    if (last.revision > look.top) look.top = last.revision;
    if (page.changes.length < PAGE) break;
    page = await tokens.changesAfter(last.revision, PAGE);
  }
  if (!isFull) return;
  look.fullAtMs = nowMs;
  if (seen.drawn < look.drawn) {
    // A database that was restored from a backup draws its revisions a second time.
    Object.assign(look, newLook());
    await begin(tokens, look, nowMs);
    listener.lostTrack();
    return;
  }
  look.drawn = seen.drawn;
  const isFirst = look.horizon.settled() === undefined;
  if (!look.horizon.saw(seen, nowMs)) return;
  look.from = look.horizon.settled() ?? look.from;
  for (const [id, revision] of look.told) if (revision <= look.from) look.told.delete(id);
  // What had been drawn and not committed when the feed began has appeared by now, below where it began.
  if (isFirst) listener.lostTrack();
};

const begin = async (tokens: ChangeFeedDeps["tokens"], look: Look, nowMs: number): Promise<void> => {
  const seen = await tokens.changesAfter(END, 1);
  look.from = look.top = look.drawn = seen.drawn;
  look.horizon.saw(seen, nowMs);
};

const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
