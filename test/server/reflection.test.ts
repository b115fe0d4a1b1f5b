import { create, createFileRegistry, fromBinary } from "@bufbuild/protobuf";
import {
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
  type FileDescriptorProto,
} from "@bufbuild/protobuf/wkt";
import { describe, expect, it } from "vitest";
import { ServerReflection } from "../../gen/ts/grpc/reflection/v1/reflection_pb.ts";
import { ServerReflection as ServerReflectionV1Alpha } from "../../gen/ts/grpc/reflection/v1alpha/reflection_pb.ts";
import { TokenBrokerService } from "../../gen/ts/tokenbroker/v1/token_broker_service_pb.ts";
import { useAcmeApp } from "./acme-app.ts";

const app = useAcmeApp();

const NOT_FOUND = 5;
const INVALID_ARGUMENT = 3;

type Question =
  | {
      readonly case: "fileByFilename" | "fileContainingSymbol" | "allExtensionNumbersOfType" | "listServices";
      readonly value: string;
    }
  | {
      readonly case: "fileContainingExtension";
      readonly value: { readonly containingType: string; readonly extensionNumber: number };
    }
  | { readonly case: undefined };

describe.each([
  ["grpc.reflection.v1", ServerReflection],
  ["grpc.reflection.v1alpha", ServerReflectionV1Alpha],
])("%s", (_, service) => {
  /** The answers to several questions on one stream. */
  const askAll = async (...questions: readonly Question[]) => {
    // The two packages differ in their names alone.
    const client = app.broker.clientOf(service as typeof ServerReflection, "grpc binary h2c");
    const requests = questions.map((messageRequest) => ({ host: "here", messageRequest }));
    const answers = [];
    for await (const answer of client.serverReflectionInfo(inTurn(requests))) answers.push(answer);
    return answers;
  };

  const ask = async (question: Question) => {
    const [answer] = await askAll(question);
    return answer?.messageResponse ?? { case: undefined };
  };

  const filesOf = async (question: Question): Promise<FileDescriptorProto[]> => {
    const answer = await ask(question);
    if (answer.case !== "fileDescriptorResponse") throw new Error(`no files but ${answer.case}`);
    return answer.value.fileDescriptorProto.map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes));
  };

  it("lists what the port serves", async () => {
    const answer = await ask({ case: "listServices", value: "" });
    if (answer.case !== "listServicesResponse") throw new Error(`no list but ${answer.case}`);
    expect(answer.value.service.map(({ name }) => name).toSorted()).toEqual([
      "grpc.health.v1.Health",
      "grpc.reflection.v1.ServerReflection",
      "grpc.reflection.v1alpha.ServerReflection",
      "tokenbroker.v1.TokenBrokerAdminService",
      "tokenbroker.v1.TokenBrokerLoginService",
      "tokenbroker.v1.TokenBrokerService",
    ]);
  });

  it("gives a file with everything it imports, so that a schema can be built of it", async () => {
    const file = await filesOf({
      case: "fileByFilename",
      value: "tokenbroker/v1/token_broker_service.proto",
    });
    const registry = createFileRegistry(create(FileDescriptorSetSchema, { file }));
    const built = registry.getService("tokenbroker.v1.TokenBrokerService");
    const methods = TokenBrokerService.methods.map(({ name }) => name);
    expect(built?.methods.map(({ name }) => name)).toEqual(methods);
    expect(registry.getMessage("buf.validate.FieldRules")).toBeDefined();
  });

  it.each([
    ["tokenbroker.v1.TokenBrokerService", "tokenbroker/v1/token_broker_service.proto"],
    ["tokenbroker.v1.TokenBrokerService.GetToken", "tokenbroker/v1/token_broker_service.proto"],
    ["tokenbroker.v1.TokenBrokerLoginService.StartLogin", "tokenbroker/v1/login.proto"],
    ["tokenbroker.v1.GetTokenRequest", "tokenbroker/v1/token.proto"],
    ["tokenbroker.v1.GetTokenRequest.min_ttl", "tokenbroker/v1/token.proto"],
    ["tokenbroker.v1.TokenResult.result", "tokenbroker/v1/token.proto"],
    ["tokenbroker.v1.ConnectionStatus", "tokenbroker/v1/connection.proto"],
    ["tokenbroker.v1.CONNECTION_STATUS_ACTIVE", "tokenbroker/v1/connection.proto"],
    ["tokenbroker.v1.ErrorReason", "tokenbroker/v1/error_reason.proto"],
    ["google.rpc.ErrorInfo", "google/rpc/error_details.proto"],
    ["google.protobuf.Timestamp", "google/protobuf/timestamp.proto"],
    ["grpc.health.v1.HealthCheckResponse.ServingStatus", "grpc/health/v1/health.proto"],
    ["grpc.health.v1.HealthCheckResponse.SERVING", "grpc/health/v1/health.proto"],
    ["buf.validate.field", "buf/validate/validate.proto"],
  ])("finds the file of %s", async (value, name) => {
    const files = await filesOf({ case: "fileContainingSymbol", value });
    expect(files.at(-1)?.name).toBe(name);
  });

  it.each([
    "",
    ".",
    "nobody",
    "tokenbroker.v1",
    "tokenbroker.v1.",
    "tokenbroker.v1.TokenBrokerService.NoSuchMethod",
    "tokenbroker.v1.GetTokenRequest.no_such_field",
    "tokenbroker.v1.WatchService",
    "constructor",
    "__proto__",
  ])("finds no file of %j", async (value) => {
    const answer = await ask({ case: "fileContainingSymbol", value });
    expect(answer).toMatchObject({ case: "errorResponse", value: { errorCode: NOT_FOUND } });
  });

  it.each(["", "nobody.proto", "../tokenbroker/v1/token.proto", "/etc/passwd", "tokenbroker/v1/token"])(
    "has no file %j",
    async (value) => {
      const answer = await ask({ case: "fileByFilename", value });
      expect(answer).toMatchObject({ case: "errorResponse", value: { errorCode: NOT_FOUND } });
    },
  );

  it("knows the extensions of the contract's annotations", async () => {
    const containingType = "google.protobuf.FieldOptions";
    const numbers = await ask({ case: "allExtensionNumbersOfType", value: containingType });
    if (numbers.case !== "allExtensionNumbersResponse") throw new Error(`no numbers but ${numbers.case}`);
    expect(numbers.value.baseTypeName).toBe(containingType);
    const [extensionNumber = 0] = numbers.value.extensionNumber;
    const files = await filesOf({
      case: "fileContainingExtension",
      value: { containingType, extensionNumber },
    });
    expect(files.at(-1)?.name).toBe("buf/validate/validate.proto");
    const none = await ask({ case: "allExtensionNumbersOfType", value: "tokenbroker.v1.GetTokenRequest" });
    expect(none).toMatchObject({ value: { extensionNumber: [] } });
  });

  it("says so when there is no such extension or type, or no question", async () => {
    const answers = await askAll(
      {
        case: "fileContainingExtension",
        value: { containingType: "google.protobuf.FieldOptions", extensionNumber: 1 },
      },
      { case: "allExtensionNumbersOfType", value: "nobody" },
      { case: undefined },
    );
    const codes = answers.map(({ messageResponse }) =>
      messageResponse.case === "errorResponse" ? messageResponse.value.errorCode : messageResponse.case,
    );
    expect(codes).toEqual([NOT_FOUND, NOT_FOUND, INVALID_ARGUMENT]);
  });

  it("answers one after another on a stream, each with its question", async () => {
    const questions: Question[] = [
      { case: "fileContainingSymbol", value: "nobody" },
      { case: "listServices", value: "*" },
      { case: "fileByFilename", value: "google/rpc/status.proto" },
    ];
    const answers = await askAll(...questions);
    expect(answers.map(({ originalRequest }) => originalRequest?.messageRequest)).toEqual(questions);
    expect(answers.map(({ validHost }) => validHost)).toEqual(["here", "here", "here"]);
  });
});

async function* inTurn<T>(items: readonly T[]): AsyncIterable<T> {
  yield* items;
}
