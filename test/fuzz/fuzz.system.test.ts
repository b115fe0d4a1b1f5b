import { describe, expect, it } from "vitest";
import { useAcmeApp } from "../server/acme-app.ts";
import { rpcNames } from "../server/rpc-calls.ts";
import { fuzzCallbacks } from "./callback-queries.ts";
import { fuzzEnvironment } from "./environment.ts";
import { fuzzExchanges, fuzzRefreshes } from "./provider-answers.ts";
import { fuzzBytes, fuzzMessages } from "./rpc-messages.ts";

describe("a broker that is asked at random for a while", () => {
  const app = useAcmeApp({ env: { BROKER_LOG_LEVEL: "warn" } });

  it.each(rpcNames)("answers %s", async (rpc) => {
    await fuzzMessages(app, rpc, 150);
    await fuzzBytes(app, rpc, 50);
    expect(app.broker.logLines.filter(({ event }) => event === "call failed")).toEqual([]);
  });

  it("redeems and reflects no callback", () => fuzzCallbacks(app, 2000));
  it("survives exchanges", () => fuzzExchanges(app, 800));
  it("survives refreshes", () => fuzzRefreshes(app, 800));
});

it("any environment is a configuration or a list of problems that quotes nothing", () =>
  fuzzEnvironment(200));
