import { create } from "@bufbuild/protobuf";
import { createContextValues, type HandlerContext } from "@connectrpc/connect";
import { expect, it } from "vitest";
import { WatchTokenRequestSchema } from "../../../gen/ts/tokenbroker/v1/token_pb.ts";
import { BrokerError } from "../../errors.ts";
import { askAgainKey, judgeItemKey } from "../context.ts";
import { admitWatch, streamOptions } from "./token-watch.ts";

it("a stream lasts as long as the gate lets its caller in and the policy allows what it allowed at first", async () => {
  const rights = { users: ["ada"], isKnown: true };
  const values = createContextValues()
    .set(askAgainKey, async () => {
      if (!rights.isKnown) throw new BrokerError("UNAUTHENTICATED", "who?");
    })
    .set(judgeItemKey, (item) => {
      if (!rights.users.includes(item.userId)) throw new BrokerError("CONNECTION_NOT_FOUND", "none");
      return () => {};
    });
  const context = { values, signal: new AbortController().signal } as HandlerContext;
  const [mine, foreign] = ["ada", "bob"].map((userId) =>
    admitWatch({ check: () => {} }, context, create(WatchTokenRequestSchema, { request: { userId } })),
  );
  if (mine === undefined || mine.watch instanceof BrokerError) throw new Error("not admitted");
  expect(foreign?.watch).toMatchObject({ code: "CONNECTION_NOT_FOUND" });
  const { stillAllowed } = streamOptions(context, [mine]);
  await expect(stillAllowed?.()).resolves.toBeUndefined();
  rights.users = ["bob"];
  await expect(stillAllowed?.()).rejects.toThrow("none");
  rights.users = ["ada", "bob"];
  await expect(stillAllowed?.()).resolves.toBeUndefined();
  rights.isKnown = false;
  await expect(stillAllowed?.()).rejects.toThrow("who?");
});
