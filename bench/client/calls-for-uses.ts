import { apiKey, createTokenBroker } from "../../src/client/index.ts";
import { createNodeTransport } from "../../src/client/node/index.ts";
import type { KitProcess } from "./kit-process.ts";

export interface CallsForUses {
  readonly how: string;
  readonly uses: number;
  readonly calls: number;
  readonly streams: number;
  readonly microsecondsPerUse: number;
}

/** What a service causes at the broker when it asks its client for the token of one connection so often. */
export const callsForUses = async (
  process: KitProcess,
  uses: number,
  { watch }: { readonly watch: boolean },
): Promise<CallsForUses> => {
  const [connection] = await process.seed(1);
  if (connection === undefined) throw new Error("no connection was seeded");
  await process.reset();
  const { kit } = process;
  using transport = createNodeTransport({ baseUrl: kit.brokerUrl, credentials: apiKey(kit.apiKey) });
  using broker = createTokenBroker({ transport, watch });
  const source = broker.tokenSource(connection);
  await source.token();
  const begunMs = performance.now();
  for (let use = 1; use < uses; use += 1) await source.token();
  const tookMs = performance.now() - begunMs;
  const { calls, watches } = await process.counts();
  return {
    how: watch ? "followed by stream" : "until refresh_after",
    uses,
    calls: calls["GetToken"] ?? 0,
    streams: watches,
    microsecondsPerUse: (tookMs * 1000) / (uses - 1),
  };
};
