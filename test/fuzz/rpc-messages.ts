import { type DescField, type DescMessage, ScalarType } from "@bufbuild/protobuf";
import fc from "fast-check";
import { expect } from "vitest";
import type { AcmeApp } from "../server/acme-app.ts";
import { post, type RpcAnswer } from "../server/rpc-calls.ts";
import { inputOf, validRequest } from "../server/rpc-requests.ts";
import { anyJson, cases, nastyText } from "./cases.ts";

/** Values of the right kind, mostly. Two levels of messages are enough: there are no deeper ones. */
const fieldValue = (field: DescField, depth: number): fc.Arbitrary<unknown> => {
  const one = (): fc.Arbitrary<unknown> => {
    if (field.message) return depth === 0 ? fc.constant({}) : message(field.message, depth - 1);
    if (field.enum) return fc.oneof(fc.integer({ min: -1, max: 9 }), fc.constantFrom("X", ""));
    return scalar(field.scalar);
  };
  if (field.fieldKind === "list") return fc.array(one(), { maxLength: 5 });
  if (field.fieldKind === "map") return fc.dictionary(nastyText, one(), { maxKeys: 5 });
  return one();
};

const scalar = (type: ScalarType | undefined): fc.Arbitrary<unknown> => {
  switch (type) {
    case ScalarType.STRING:
      return nastyText;
    case ScalarType.BOOL:
      return fc.boolean();
    default:
      return fc.oneof(fc.integer(), fc.bigInt().map(String), fc.double());
  }
};

const message = ({ fields }: DescMessage, depth: number): fc.Arbitrary<object> =>
  fc.record(
    Object.fromEntries(
      fields.map((field) => [
        field.jsonName,
        fc.oneof({ weight: 9, arbitrary: fieldValue(field, depth) }, { weight: 1, arbitrary: anyJson }),
      ]),
    ),
    { requiredKeys: [] },
  );

/** A request that nothing is wrong with, with some of its fields exchanged. */
const requests = (rpc: string): fc.Arbitrary<object> =>
  message(inputOf(rpc), 2).map((changes) => validRequest(rpc, changes as Record<string, unknown>));

const UNEXPECTED = ["internal", "unknown", "data_loss"];

const expectAnswer = ({ code, status, headers, text }: RpcAnswer): void => {
  expect([code, UNEXPECTED.includes(code) || code.startsWith("HTTP ") ? text : ""]).toEqual([code, ""]);
  expect(headers.get("cache-control")).toBe("no-store");
  expect(status).not.toBe(500);
};

/** Every request is answered, by what it asks for or by an error of the contract, and never by a defect. */
export const fuzzMessages = async (app: AcmeApp, rpc: string, count: number): Promise<void> => {
  await fc.assert(
    fc.asyncProperty(requests(rpc), async (request) => {
      expectAnswer(await post(app.broker.rpcUrl, rpc, request));
    }),
    cases(count),
  );
};

/** The same for bytes that claim to be a message. */
export const fuzzBytes = async (app: AcmeApp, rpc: string, count: number): Promise<void> => {
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ maxLength: 200 }),
      fc.constantFrom("application/proto", "application/json"),
      async (bytes, contentType) => {
        const answer = await post(app.broker.rpcUrl, rpc, new Uint8Array(bytes), {
          "content-type": contentType,
        });
        expectAnswer(answer);
      },
    ),
    cases(count),
  );
};
