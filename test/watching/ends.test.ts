import { randomUUID } from "node:crypto";
import { writeFileSync } from "node:fs";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Code } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import { ErrorInfoSchema, RetryInfoSchema } from "../../gen/ts/google/rpc/error_details_pb.ts";
import { newApiKey } from "../../src/access/index.ts";
import { startTestApp } from "../support/app.ts";
import { storeUnderTest } from "../support/database.ts";
import { follow } from "./follow.ts";

const PATIENCE = { timeout: 15_000, interval: 20 };
const grant = () => ({ connectionId: randomUUID(), userId: "ada", provider: "github" });

describe("a stream that does not end by itself", () => {
  const store = storeUnderTest("postgresql");

  it("ends with UNAVAILABLE when the replica stops, and holds it up no moment", async () => {
    const broker = await startTestApp({ database: await store.open(), env: { BROKER_DRAIN_SECONDS: "10" } });
    const token = follow((options) =>
      broker.client("grpc binary h2c").watchToken({ request: grant() }, options),
    );
    const connections = follow((options) => broker.client("connect json h2c").watchConnections({}, options));
    await expect.poll(() => token.events.length, PATIENCE).toBe(1);
    const begunMs = performance.now();
    await broker.app.stop();
    expect(performance.now() - begunMs).toBeLessThan(5000);
    for (const stream of [token, connections]) {
      const error = await stream.ended;
      expect(error?.code).toBe(Code.Unavailable);
      expect(error?.findDetails(ErrorInfoSchema)[0]?.reason).toBe("DRAINING");
      expect(error?.findDetails(RetryInfoSchema)).toHaveLength(1);
    }
  });

  it("ends with UNAVAILABLE when its caller's key is taken away, and those of other keys go on", async () => {
    const [one, two] = [newApiKey("one"), newApiKey("two")];
    const apiKeysFile = join(mkdtempSync(join(tmpdir(), "token-broker-keys-")), "keys");
    writeFileSync(apiKeysFile, `${one.line}\n${two.line}\n`);
    await using broker = await startTestApp({
      database: await store.open(),
      env: { BROKER_API_KEYS_FILE: apiKeysFile },
    });
    const [first, second] = [one, two].map(({ key }) =>
      follow((options) =>
        broker
          .client("connect binary h2c", { authorization: `Bearer ${key}` })
          .watchToken({ request: grant() }, options),
      ),
    );
    await expect.poll(() => first!.events.length + second!.events.length, PATIENCE).toBe(2);
    writeFileSync(apiKeysFile, `${two.line}\n`);
    const error = await first!.ended;
    expect(error?.code).toBe(Code.Unavailable);
    expect(error?.findDetails(ErrorInfoSchema)[0]?.reason).toBe("WATCH_ENDED");
    let isOver = false;
    void second!.ended.then(() => (isOver = true));
    await new Promise((resolve) => void setImmediate(resolve));
    expect(isOver).toBe(false);
  });
});
