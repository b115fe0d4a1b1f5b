import { describe, expect, it } from "vitest";
import { useAcmeApp } from "../server/acme-app.ts";
import { rpcNames } from "../server/rpc-calls.ts";
import { fuzzCallbacks } from "./callback-queries.ts";
import { fuzzEnvironment } from "./environment.ts";
import { fuzzExchanges, fuzzRefreshes } from "./provider-answers.ts";
import { fuzzBytes, fuzzMessages } from "./rpc-messages.ts";

/** The same with many more cases: fuzz.system.test.ts. `FUZZ_SEED` repeats a run. */
describe("a broker that is asked at random", () => {
  const app = useAcmeApp();

  it.each(rpcNames)("answers %s", async (rpc) => {
    await fuzzMessages(app, rpc, 8);
    await fuzzBytes(app, rpc, 4);
    expect(app.broker.logLines.filter(({ event }) => event === "call failed")).toEqual([]);
  });

  it("redeems and reflects no callback", () => fuzzCallbacks(app, 60));
  it("survives exchanges", () => fuzzExchanges(app, 25));
  it("survives refreshes", () => fuzzRefreshes(app, 25));
});

it("any environment is a configuration or a list of problems that quotes nothing", () => fuzzEnvironment(15));
