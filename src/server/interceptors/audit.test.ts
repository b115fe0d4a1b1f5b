import { create, type DescMethod, type DescMethodStreaming, type DescMethodUnary } from "@bufbuild/protobuf";
import { anyPack } from "@bufbuild/protobuf/wkt";
import { createContextValues, type StreamRequest, type UnaryRequest } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import { ErrorInfoSchema } from "../../../gen/ts/google/rpc/error_details_pb.ts";
import { TokenBrokerService } from "../../../gen/ts/tokenbroker/v1/token_broker_service_pb.ts";
import {
  BatchGetTokensRequestSchema,
  BatchGetTokensResponseSchema,
  WatchTokenRequestSchema,
  WatchTokenResponseSchema,
} from "../../../gen/ts/tokenbroker/v1/token_pb.ts";
import type { Audit, AuditRecord } from "../../audit/index.ts";
import { BrokerError } from "../../errors.ts";
import { auditTrailKey } from "../audit-trail.ts";
import { callerKey } from "../context.ts";
import { auditCalls } from "./audit.ts";

const ID = "7d9f2c1e-5b1a-4c59-9a8e-0f6f5d1c2b3a";
const grant = (userId: string) => ({ connectionId: ID, userId, provider: "acme" });

const setUp = () => {
  const records: AuditRecord[] = [];
  let isBroken = false;
  const audit: Audit = {
    async record(record) {
      if (isBroken) throw new BrokerError("STORE_UNAVAILABLE", "away");
      records.push(record);
    },
    list: async () => ({ events: [], nextPageToken: "" }),
  };
  const contextValues = createContextValues()
    .set(auditTrailKey, { isRecorded: false, rule: "rule-1" })
    .set(callerKey, { id: "billing", method: "api_key", subject: { userId: "ada", issuer: "app" } });
  const common = {
    service: TokenBrokerService,
    requestMethod: "POST",
    url: "",
    header: new Headers(),
    signal: new AbortController().signal,
    contextValues,
  };
  return { records, common, interceptor: auditCalls(audit), fail: () => (isBroken = true) };
};

/** An RPC of the contract's messages, wherever it is served. */
const methodOf = (name: string, input: unknown, output: unknown): DescMethod =>
  ({ name, input, output, parent: TokenBrokerService }) as unknown as DescMethod;

describe("the audit of an answer with several tokens", () => {
  it("has a record for each, with what came of it", async () => {
    const { records, common, interceptor } = setUp();
    const message = create(BatchGetTokensRequestSchema, { requests: [grant("ada"), grant("bob")] });
    const info = create(ErrorInfoSchema, { reason: "BLOCKED" });
    const answer = create(BatchGetTokensResponseSchema, {
      results: [
        { result: { case: "token", value: { accessToken: "secret", version: 7n } } },
        { result: { case: "error", value: { code: 9, details: [anyPack(ErrorInfoSchema, info)] } } },
      ],
    });
    const method = methodOf("BatchGetTokens", BatchGetTokensRequestSchema, BatchGetTokensResponseSchema);
    const request = { ...common, stream: false, message, method } as unknown as UnaryRequest;
    const reply = { stream: false, message: answer, method: method as DescMethodUnary } as never;
    await interceptor(async () => reply)(request);
    expect(records).toMatchObject([
      { method: "BatchGetTokens", userId: "ada", version: 7n, outcome: "OK", subject: "ada", rule: "rule-1" },
      { method: "BatchGetTokens", userId: "bob", version: 0n, outcome: "BLOCKED", caller: "billing" },
    ]);
  });
});

describe("the audit of a stream", () => {
  const method = methodOf("WatchToken", WatchTokenRequestSchema, WatchTokenResponseSchema);
  const event = (version: bigint) =>
    create(WatchTokenResponseSchema, {
      result: { result: { case: "token", value: { accessToken: "secret", version } } },
    });

  const watch = async (
    { common, interceptor }: ReturnType<typeof setUp>,
    answer: () => AsyncIterable<object>,
  ): Promise<AsyncIterator<object>> => {
    async function* asked() {
      yield create(WatchTokenRequestSchema, { request: grant("ada") });
    }
    const request = { ...common, stream: true, message: asked(), method } as unknown as StreamRequest;
    const reply = await interceptor(async ({ message }) => {
      // As a handler does: reads what it is asked, and answers.
      for await (const _ of message as AsyncIterable<object>) break;
      return { stream: true, message: answer(), method: method as DescMethodStreaming } as never;
    })(request);
    return (reply.message as AsyncIterable<object>)[Symbol.asyncIterator]();
  };

  it("records each token before it is sent, and the end", async () => {
    const setting = setUp();
    const stream = await watch(setting, async function* () {
      yield event(7n);
      yield create(WatchTokenResponseSchema, { revision: 3n });
      yield event(8n);
      throw new BrokerError("DRAINING", "");
    });
    const versions = () => setting.records.map(({ version }) => version);
    await stream.next();
    expect(versions()).toEqual([7n]);
    await stream.next();
    await stream.next();
    expect(versions()).toEqual([7n, 8n]);
    await expect(stream.next()).rejects.toThrow(BrokerError);
    expect(setting.records).toMatchObject([
      { method: "WatchToken", userId: "ada", outcome: "OK" },
      { userId: "ada", outcome: "OK" },
      { outcome: "DRAINING", version: 0n },
    ]);
  });

  it("sends no token whose record cannot be written", async () => {
    const setting = setUp();
    setting.fail();
    const stream = await watch(setting, async function* () {
      yield event(7n);
    });
    await expect(stream.next()).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
  });
});
