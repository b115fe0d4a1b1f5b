import type { Spool, SpooledName, SpooledToken } from "../store/index.ts";
import { errorClass, type Logger } from "../telemetry/index.ts";

/** The spool of one process at work. Nothing here fails or holds anybody up: the token also waits in memory. */
export interface Spooling {
  /** Writes the token to disk in the background. */
  keep(token: SpooledToken): void;
  /** Removes it again, in the background. */
  drop(name: SpooledName): void;
  /** For the end of the process: tries again what could not be written, and waits for the disk. Answers the ids of the rows whose tokens are in the spool. */
  settle(): Promise<ReadonlySet<string>>;
}

interface Entry {
  readonly token: SpooledToken;
  isWritten: boolean;
  /** The file's last change; never rejects. */
  work: Promise<void>;
}

/** @param spool undefined = there is none: nothing is ever kept. */
export const createSpooling = (spool: Spool | undefined, logger: Logger): Spooling => {
  const entries = new Map<string, Entry>();

  const write = async (disk: Spool, entry: Entry): Promise<void> => {
    try {
      await disk.put(entry.token);
      entry.isWritten = true;
    } catch (error) {
      logger.error("refreshed token not spooled", { ...nameOf(entry.token), error_class: errorClass(error) });
    }
  };

  const remove = async (disk: Spool, { token }: Entry): Promise<void> => {
    try {
      await disk.remove(token);
    } catch (error) {
      // The next start finds that the row has it.
      logger.warn("stored token not removed from the spool", {
        ...nameOf(token),
        error_class: errorClass(error),
      });
    }
  };

  return {
    keep(token) {
      if (!spool) return;
      const entry: Entry = { token, isWritten: false, work: Promise.resolve() };
      entry.work = write(spool, entry);
      entries.set(token.id, entry);
    },
    drop({ id, nextVersion }) {
      const entry = entries.get(id);
      if (!spool || entry?.token.nextVersion !== nextVersion) return;
      entry.isWritten = false;
      entry.work = entry.work.then(() => remove(spool, entry)).then(() => void entries.delete(id));
    },
    async settle() {
      await Promise.all([...entries.values()].map(({ work }) => work));
      if (spool)
        await Promise.all(
          [...entries.values()].filter(({ isWritten }) => !isWritten).map((entry) => write(spool, entry)),
        );
      return new Set([...entries.values()].filter(({ isWritten }) => isWritten).map(({ token }) => token.id));
    },
  };
};

const nameOf = ({ key: { namespace, connectionId, provider } }: SpooledToken) => ({
  namespace,
  connection_id: connectionId,
  provider,
});
