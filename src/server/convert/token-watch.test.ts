import { create } from "@bufbuild/protobuf";
import { createContextValues, type HandlerContext } from "@connectrpc/connect";
import { expect, it } from "vitest";
import { GetTokenRequestSchema } from "../../../gen/ts/tokenbroker/v1/token_pb.ts";
import { BrokerError } from "../../errors.ts";
import { accessKey, askAgainKey } from "../context.ts";
import { streamOptions } from "./token-watch.ts";

it("a stream lasts as long as the gate lets its caller in and the policy allows what it allowed at first", async () => {
  const [mine, foreign] = ["ada", "bob"].map((userId) => create(GetTokenRequestSchema, { userId }));
  const rights = { users: ["ada"], isKnown: true };
  const values = createContextValues()
    .set(askAgainKey, () => {
      if (!rights.isKnown) throw new BrokerError("UNAUTHENTICATED", "who?");
    })
    .set(accessKey, {
      rule: "",
      sees: () => true,
      admit({ userId }) {
        if (!rights.users.includes(userId)) throw new BrokerError("CONNECTION_NOT_FOUND", "none");
      },
    });
  const signal = new AbortController().signal;
  const { stillAllowed } = streamOptions({ values, signal } as HandlerContext, [mine!, foreign!]);
  await expect(stillAllowed?.()).resolves.toBeUndefined();
  rights.users = ["bob"];
  await expect(stillAllowed?.()).rejects.toThrow("none");
  rights.users = ["ada", "bob"];
  await expect(stillAllowed?.()).resolves.toBeUndefined();
  rights.isKnown = false;
  await expect(stillAllowed?.()).rejects.toThrow("who?");
});
