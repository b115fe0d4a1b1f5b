import { ConnectError } from "@connectrpc/connect";
import { onTestFinished } from "vitest";

/** A stream that a test reads to its end, or until the test is over. */
export interface Followed<T> {
  readonly events: readonly T[];
  /** The error that it ended with; undefined = it ended well, or the test left it. */
  readonly ended: Promise<ConnectError | undefined>;
  readonly leave: () => void;
}

export const follow = <T>(open: (options: { signal: AbortSignal }) => AsyncIterable<T>): Followed<T> => {
  const leaving = new AbortController();
  const events: T[] = [];
  const read = async (): Promise<ConnectError | undefined> => {
    try {
      for await (const event of open({ signal: leaving.signal })) events.push(event);
      return undefined;
    } catch (error) {
      return leaving.signal.aborted ? undefined : ConnectError.from(error);
    }
  };
  const ended = read();
  const leave = (): void => leaving.abort();
  onTestFinished(async () => {
    leave();
    await ended;
  });
  return { events, ended, leave };
};
