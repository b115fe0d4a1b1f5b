/**
 * The broker with a sweep as simple programs have it: it takes a row, asks the provider, saves the answer, and only then takes the next row. All else
 * is the broker as it ships.
 */
import { createApp } from "../../src/app.ts";
import { listenForStop } from "../../src/cli/stop-signal.ts";
import { loadConfig } from "../../src/config/index.ts";
import { type Store } from "../../src/store/index.ts";
import { createLogger } from "../../src/telemetry/index.ts";

const { config } = loadConfig();
const logger = createLogger({ level: config.logLevel });
using stop = listenForStop(logger);

const app = await createApp(config, { logger, wrapStore: oneAtATime });
await app.start();
await stop.received;
await app.stop();

function oneAtATime(store: Store): Store {
  const { tokens } = store;
  let turn = Promise.withResolvers<void>();
  turn.resolve();
  const thenNext = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } finally {
      turn.resolve();
    }
  };
  return {
    ...store,
    tokens: {
      ...tokens,
      async claimDue(due) {
        await turn.promise;
        const claimed = await tokens.claimDue({ ...due, limit: 1 });
        if (claimed.length > 0) {
          turn = Promise.withResolvers();
        }
        return claimed;
      },
      saveRefreshed: (...save) => thenNext(tokens.saveRefreshed(...save)),
      recordFailure: (...failure) => thenNext(tokens.recordFailure(...failure)),
      releaseLease: (claimed) => thenNext(tokens.releaseLease(claimed)),
    },
  };
}
