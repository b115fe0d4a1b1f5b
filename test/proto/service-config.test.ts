import { readFileSync } from "node:fs";
import type { DescMethod } from "@bufbuild/protobuf";
import { MethodOptions_IdempotencyLevel } from "@bufbuild/protobuf/wkt";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { TokenBrokerAdminService } from "../../gen/ts/tokenbroker/v1/admin_pb.ts";
import { TokenBrokerLoginService } from "../../gen/ts/tokenbroker/v1/login_pb.ts";
import { TokenBrokerService } from "../../gen/ts/tokenbroker/v1/token_broker_service_pb.ts";

const duration = z.string().regex(/^\d+(\.\d+)?s$/);

/** grpc/service_config/service_config.proto, as much of it as is used. */
const serviceConfig = z.strictObject({
  methodConfig: z.array(
    z.strictObject({
      name: z.array(z.strictObject({ service: z.string(), method: z.string() })),
      timeout: duration.optional(),
      retryPolicy: z
        .strictObject({
          // gRPC takes no more.
          maxAttempts: z.int().min(2).max(5),
          initialBackoff: duration,
          maxBackoff: duration,
          backoffMultiplier: z.number().positive(),
          retryableStatusCodes: z.tuple([z.literal("UNAVAILABLE")]),
        })
        .optional(),
    }),
  ),
});

const { methodConfig } = serviceConfig.parse(
  JSON.parse(readFileSync("proto/tokenbroker/v1/service_config.json", "utf8")),
);
const configOf = ({ parent, name }: DescMethod) =>
  methodConfig.filter((config) =>
    config.name.some(({ service, method }) => service === parent.typeName && method === name),
  );

const methods = [TokenBrokerService, TokenBrokerAdminService, TokenBrokerLoginService].flatMap(
  (service): readonly DescMethod[] => service.methods,
);

/** Reads, beside what the contract itself calls idempotent. */
const READS = /^(Get|List|Watch|Verify|Check|Explain)/;

describe("the gRPC service config", () => {
  it("names every method once, and no other", () => {
    const named = methodConfig.flatMap(({ name }) =>
      name.map(({ service, method }) => `${service}/${method}`),
    );
    const existing = methods.map(({ parent, name }) => `${parent.typeName}/${name}`);
    expect(named.toSorted()).toEqual(existing.toSorted());
  });

  it("retries only what may be done twice", () => {
    const retried = methods.filter((method) => configOf(method)[0]?.retryPolicy !== undefined);
    const harmless = methods.filter(
      ({ name, idempotency }) =>
        READS.test(name) || idempotency === MethodOptions_IdempotencyLevel.IDEMPOTENT,
    );
    expect(retried.map(({ name }) => name)).toEqual(harmless.map(({ name }) => name));
  });

  it("gives every call a deadline, and no stream one", () => {
    for (const method of methods)
      expect([method.name, configOf(method)[0]?.timeout === undefined]).toEqual([
        method.name,
        method.methodKind !== "unary",
      ]);
  });
});
