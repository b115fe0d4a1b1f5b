import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fromBinary, type DescMessage, type MessageShape } from "@bufbuild/protobuf";
import {
  type CallOptions,
  Client,
  credentials,
  Metadata,
  type MethodDefinition,
  type ServiceError,
  status,
} from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import {
  BadRequestSchema,
  ErrorInfoSchema,
  RetryInfoSchema,
} from "../../gen/ts/google/rpc/error_details_pb.ts";
import { StatusSchema } from "../../gen/ts/google/rpc/status_pb.ts";
import { useAcmeApp } from "../server/acme-app.ts";
import { canary } from "../support/canaries.ts";

type Message = Readonly<Record<string, unknown>>;
type Service = Readonly<Record<string, MethodDefinition<object, Message>>>;

/** What a program in another language has of the broker: the .proto files. */
const load = (file: string, service: string): Service => {
  const includeDirs = [join(import.meta.dirname, "../../proto")];
  const definition = loadSync(file, { includeDirs, longs: String, enums: String, defaults: true });
  return definition[service] as unknown as Service;
};

const brokerService = load("tokenbroker/v1/token_broker_service.proto", "tokenbroker.v1.TokenBrokerService");
const healthService = load("grpc/health/v1/health.proto", "grpc.health.v1.Health");

const app = useAcmeApp();
let client: Client;
beforeAll(() => {
  client = new Client(app.broker.addresses.rpc, credentials.createInsecure());
});
afterAll(() => client.close());
afterEach(() => app.provider.always("token", undefined));

const call = (
  service: Service,
  method: string,
  request: object,
  options: CallOptions = {},
): Promise<Message> => {
  const definition = service[method];
  if (!definition) throw new Error(`no method ${method}`);
  const { promise, resolve, reject } = Promise.withResolvers<Message>();
  client.makeUnaryRequest(
    definition.path,
    definition.requestSerialize,
    definition.responseDeserialize,
    request,
    new Metadata(),
    { deadline: Date.now() + 30_000, ...options },
    (error, value) => (error ? reject(error) : resolve(value ?? {})),
  );
  return promise;
};

const failureOf = async (answer: Promise<unknown>): Promise<ServiceError> => {
  const outcome = await answer.then(
    () => new Error("the call was answered"),
    (error: unknown) => error,
  );
  return outcome as ServiceError;
};

/** One detail of `grpc-status-details-bin`. */
const detailOf = <D extends DescMessage>(
  { metadata }: ServiceError,
  schema: D,
): MessageShape<D> | undefined => {
  const [bytes] = metadata.get("grpc-status-details-bin");
  if (!(bytes instanceof Buffer)) return undefined;
  const { details } = fromBinary(StatusSchema, bytes);
  const found = details.find(({ typeUrl }) => typeUrl === `type.googleapis.com/${schema.typeName}`);
  return found && fromBinary(schema, found.value);
};

const importGrant = async (changes: object = {}) => {
  const grant = { connectionId: randomUUID(), userId: "user-1", provider: "acme" };
  const { accessToken, refreshToken } = app.provider.grants.open({ clientId: "client", scopes: ["read"] });
  await call(brokerService, "ImportToken", { ...grant, accessToken, refreshToken, ...changes });
  return { grant, accessToken };
};

describe("@grpc/grpc-js with the .proto files alone", () => {
  it("gets a token that works, and another after it was refreshed", async () => {
    const { grant, accessToken } = await importGrant();
    const first = await call(brokerService, "GetToken", grant);
    expect(first["accessToken"] === accessToken).toBe(true);
    await call(brokerService, "RefreshToken", { ...grant, version: first["version"] });
    const second = await call(brokerService, "GetToken", grant);
    expect(second["accessToken"] === accessToken).toBe(false);
    expect(BigInt(second["version"] as string)).toBeGreaterThan(BigInt(first["version"] as string));
    expect(app.provider.grants.subjectOf(String(second["accessToken"]))).toBeDefined();
  });

  it("reads an error's details", async () => {
    const invalid = await failureOf(call(brokerService, "GetToken", {}));
    expect(invalid.code).toBe(status.INVALID_ARGUMENT);
    expect(detailOf(invalid, ErrorInfoSchema)).toMatchObject({
      reason: "INVALID_REQUEST",
      domain: "tokenbroker",
    });
    expect(detailOf(invalid, BadRequestSchema)?.fieldViolations.map(({ field }) => field)).toEqual([
      "connection_id",
      "user_id",
      "provider",
    ]);
    expect(invalid.details).toContain("connection_id");

    const absent = { connectionId: randomUUID(), userId: "user-1", provider: "acme" };
    const missing = await failureOf(call(brokerService, "GetToken", absent));
    expect([missing.code, detailOf(missing, ErrorInfoSchema)?.reason]).toEqual([
      status.NOT_FOUND,
      "CONNECTION_NOT_FOUND",
    ]);
  });

  it("is told when to try again", async () => {
    const { grant } = await importGrant({ expiresAt: { seconds: 1_577_836_800 } });
    app.provider.always("token", { status: 503 });
    const error = await failureOf(call(brokerService, "GetToken", grant));
    expect([error.code, detailOf(error, ErrorInfoSchema)?.reason]).toEqual([
      status.UNAVAILABLE,
      "PROVIDER_UNAVAILABLE",
    ]);
    expect(Number(error.metadata.get("grpc-retry-pushback-ms")[0])).toBeGreaterThan(0);
    expect(detailOf(error, RetryInfoSchema)?.retryDelay).toBeDefined();
  });

  it("has its deadline, of which the server knows", async () => {
    app.provider.script("token", { fault: "hang" });
    const request = {
      connectionId: randomUUID(),
      userId: "user-1",
      provider: "acme",
      accessToken: canary("access_token"),
    };
    const verified = { ...request, refreshToken: "r", verify: true };
    const begun = performance.now();
    const error = await failureOf(
      call(brokerService, "ImportToken", verified, { deadline: Date.now() + 300 }),
    );
    expect(error.code).toBe(status.DEADLINE_EXCEEDED);
    expect(performance.now() - begun).toBeLessThan(2000);
    const told = () =>
      app.broker.logLines.some(
        ({ method, code }) =>
          method === "ImportToken" && (code === "deadline_exceeded" || code === "canceled"),
      );
    await expect.poll(told).toBe(true);
  });

  it("makes more calls at once than one connection has streams", async () => {
    // Health needs no database: how many callers may wait for one of its connections is another matter.
    const calls = Array.from({ length: 300 }, () => call(healthService, "Check", { service: "" }));
    expect(new Set((await Promise.all(calls)).map((answer) => answer["status"]))).toEqual(
      new Set(["SERVING"]),
    );
  });
});

describe("gRPC health", () => {
  it.each([
    ["", "SERVING"],
    ["tokenbroker.v1.TokenBrokerService", "SERVING"],
    ["tokenbroker.v1.TokenBrokerLoginService", "SERVING"],
    ["tokenbroker.v1.TokenBrokerAdminService", "SERVING"],
  ])("of %j is checked", async (service, expected) => {
    expect(await call(healthService, "Check", { service })).toEqual({ status: expected });
  });

  it("of another service is not known", async () => {
    expect((await failureOf(call(healthService, "Check", { service: "nobody" }))).code).toBe(
      status.NOT_FOUND,
    );
  });

  it("is listed", async () => {
    const { statuses } = await call(healthService, "List", {});
    expect(statuses).toEqual({
      "": { status: "SERVING" },
      "tokenbroker.v1.TokenBrokerService": { status: "SERVING" },
      "tokenbroker.v1.TokenBrokerLoginService": { status: "SERVING" },
      "tokenbroker.v1.TokenBrokerAdminService": { status: "SERVING" },
    });
  });

  it.each([
    ["", "SERVING"],
    ["nobody", "SERVICE_UNKNOWN"],
  ])("of %j is watched until the watcher goes", async (service, expected) => {
    const watch = healthService["Watch"];
    if (!watch) throw new Error("no Watch");
    const stream = client.makeServerStreamRequest(
      watch.path,
      watch.requestSerialize,
      watch.responseDeserialize,
      { service },
      new Metadata(),
    );
    const events: unknown[] = [];
    stream.on("data", (message: Message) => events.push(message["status"]));
    stream.on("end", () => events.push("end"));
    stream.on("error", ({ code }: ServiceError) => events.push(code));
    await expect.poll(() => events).toEqual([expected]);
    await sleep(100);
    expect(events).toEqual([expected]);
    stream.cancel();
    await expect.poll(() => events).toContain(status.CANCELLED);
  });
});
