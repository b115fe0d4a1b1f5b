/** The connections of one broker: seeded once, and due when the bench says so. */
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { Secret } from "../../src/config/index.ts";
import { parseKeyRing } from "../../src/crypto/index.ts";
import { createStore, openDatabase } from "../../src/store/index.ts";
import { silentLogger } from "../../src/telemetry/index.ts";
import { type RemoteVendor } from "../../test/mock-provider/index.ts";
import { inParallel } from "../../test/system/refresh/fleet.ts";
import { seedConnection } from "../../test/system/refresh/seed.ts";

const TOKEN_SECONDS = 24 * 3600;
const POLL_MS = 50;

export interface DueRows extends AsyncDisposable {
  count: number;
  /** Every connection is due from now on, until it is refreshed. */
  makeDue(): Promise<void>;
  /** Takes that back for those that were not refreshed; resolves when no refresh is under way any more. */
  takeBack(): Promise<void>;
}

export interface Seed {
  databaseUrl: string;
  encryptionKey: string;
  vendors: readonly RemoteVendor[];
  connectionsPerVendor: number;
}

export async function seedRows({ databaseUrl, encryptionKey, ...seed }: Seed): Promise<DueRows> {
  const source = { kind: "postgresql", url: new Secret(databaseUrl) } as const;
  const database = await openDatabase(source, { logger: silentLogger, poolSize: 4 });
  const { tokens } = createStore(database, { keyRing: parseKeyRing(encryptionKey), logger: silentLogger });
  for (const vendor of seed.vendors) {
    const labels = Array.from({ length: seed.connectionsPerVendor }, () => randomUUID());
    const grants = await vendor.openGrants({ labels });
    const puts = grants.map((grant) => () => seedConnection(tokens, vendor, grant, TOKEN_SECONDS));
    await inParallel(puts, 4);
  }
  const run = (text: string) => database.sql.run("", text, []);
  await run("vacuum analyze connection_tokens");
  return {
    count: seed.vendors.length * seed.connectionsPerVendor,
    async makeDue() {
      await run("update connection_tokens set next_refresh_at = broker_now()");
    },
    async takeBack() {
      await run(
        "update connection_tokens set next_refresh_at = broker_now() + interval '1 day' where next_refresh_at <= broker_now()",
      );
      const leased = "select from connection_tokens where lease_owner is not null limit 1";
      while ((await run(leased)).count > 0) {
        await sleep(POLL_MS);
      }
    },
    [Symbol.asyncDispose]: () => database.close(),
  };
}
