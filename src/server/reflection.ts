import {
  type DescEnum,
  type DescExtension,
  type DescFile,
  type DescMessage,
  type DescService,
  toBinary,
} from "@bufbuild/protobuf";
import { nestedTypes } from "@bufbuild/protobuf/reflect";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { Code, type ConnectRouter } from "@connectrpc/connect";
import { file_google_rpc_error_details } from "../../gen/ts/google/rpc/error_details_pb.ts";
import { file_grpc_health_v1_health } from "../../gen/ts/grpc/health/v1/health_pb.ts";
import {
  file_grpc_reflection_v1_reflection,
  ServerReflection,
  type ServerReflectionRequest,
} from "../../gen/ts/grpc/reflection/v1/reflection_pb.ts";
import {
  file_grpc_reflection_v1alpha_reflection,
  ServerReflection as ServerReflectionV1Alpha,
} from "../../gen/ts/grpc/reflection/v1alpha/reflection_pb.ts";
import { file_tokenbroker_v1_admin } from "../../gen/ts/tokenbroker/v1/admin_pb.ts";
import { file_tokenbroker_v1_error_reason } from "../../gen/ts/tokenbroker/v1/error_reason_pb.ts";
import { file_tokenbroker_v1_login } from "../../gen/ts/tokenbroker/v1/login_pb.ts";
import { file_tokenbroker_v1_token_broker_service } from "../../gen/ts/tokenbroker/v1/token_broker_service_pb.ts";

const ROOTS = [
  file_tokenbroker_v1_token_broker_service,
  file_tokenbroker_v1_admin,
  file_tokenbroker_v1_login,
  file_tokenbroker_v1_error_reason,
  file_google_rpc_error_details,
  file_grpc_health_v1_health,
  file_grpc_reflection_v1_reflection,
  file_grpc_reflection_v1alpha_reflection,
];

/** The files under `roots` and everything they import, dependencies first. */
const closure = (roots: readonly DescFile[]): DescFile[] => {
  const seen = new Map<string, DescFile>();
  const visit = (file: DescFile): void => {
    if (seen.has(file.name)) return;
    file.dependencies.forEach(visit);
    seen.set(file.name, file);
  };
  roots.forEach(visit);
  return [...seen.values()];
};

/** protobuf-es names a file without its ending; the protocol wants it as imports spell it. */
const protoName = (file: DescFile): string => file.proto.name;

/** Every name that a symbol of the type has. An enum's values stand beside it, not in it. */
const symbolsOf = (type: DescMessage | DescEnum | DescExtension | DescService): string[] => {
  const within = (members: readonly { readonly name: string }[]): string[] =>
    members.map(({ name }) => `${type.typeName}.${name}`);
  switch (type.kind) {
    case "message":
      return [type.typeName, ...within(type.members)];
    case "service":
      return [type.typeName, ...within(type.methods)];
    case "enum": {
      const scope = type.typeName.slice(0, type.typeName.lastIndexOf(".") + 1);
      return [type.typeName, ...type.values.map(({ name }) => scope + name)];
    }
    case "extension":
      return [type.typeName];
  }
};

const filesBySymbol = (files: readonly DescFile[]): ReadonlyMap<string, DescFile> =>
  new Map(
    files.flatMap((file) =>
      [...nestedTypes(file)].flatMap(symbolsOf).map((symbol) => [symbol, file] as const),
    ),
  );

type Answer =
  | {
      readonly case: "fileDescriptorResponse";
      readonly value: { readonly fileDescriptorProto: Uint8Array[] };
    }
  | {
      readonly case: "allExtensionNumbersResponse";
      readonly value: { readonly baseTypeName: string; readonly extensionNumber: number[] };
    }
  | {
      readonly case: "listServicesResponse";
      readonly value: { readonly service: { readonly name: string }[] };
    }
  | {
      readonly case: "errorResponse";
      readonly value: { readonly errorCode: number; readonly errorMessage: string };
    };

const notFound = (what: string): Answer => ({
  case: "errorResponse",
  value: { errorCode: Code.NotFound, errorMessage: `${what} is not served here` },
});

/** grpc.reflection v1 and v1alpha, which differ in their package name only, over the descriptors that were compiled in. */
export const reflectionRoutes = (router: ConnectRouter): void => {
  const files = closure(ROOTS);
  const byName = new Map(files.map((file) => [protoName(file), file]));
  const bySymbol = filesBySymbol(files);
  const services = files.flatMap((file) => file.services.map((service) => ({ name: service.typeName })));
  const types = files.flatMap((file) => [...nestedTypes(file)]);
  const extensions = types.filter((type) => type.kind === "extension");
  const messages = new Set(types.filter(({ kind }) => kind === "message").map(({ typeName }) => typeName));

  const withImports = (file: DescFile | undefined, what: string): Answer =>
    file
      ? {
          case: "fileDescriptorResponse",
          value: {
            fileDescriptorProto: closure([file]).map((f) => toBinary(FileDescriptorProtoSchema, f.proto)),
          },
        }
      : notFound(what);

  const answer = ({ messageRequest: request }: Pick<ServerReflectionRequest, "messageRequest">): Answer => {
    switch (request.case) {
      case "fileByFilename":
        return withImports(byName.get(request.value), "this file");
      case "fileContainingSymbol":
        return withImports(bySymbol.get(request.value), "this symbol");
      case "fileContainingExtension": {
        const { containingType, extensionNumber } = request.value;
        const found = extensions.find(
          (e) => e.extendee.typeName === containingType && e.number === extensionNumber,
        );
        return withImports(found?.file, "this extension");
      }
      case "allExtensionNumbersOfType": {
        const extensionNumber = extensions
          .filter((e) => e.extendee.typeName === request.value)
          .map((e) => e.number);
        if (!messages.has(request.value)) return notFound("this type");
        return {
          case: "allExtensionNumbersResponse",
          value: { baseTypeName: request.value, extensionNumber },
        };
      }
      case "listServices":
        return { case: "listServicesResponse", value: { service: services } };
      case undefined:
        return {
          case: "errorResponse",
          value: { errorCode: Code.InvalidArgument, errorMessage: "message_request is not set" },
        };
    }
  };

  async function* respond<R extends Pick<ServerReflectionRequest, "host" | "messageRequest">>(
    requests: AsyncIterable<R>,
  ) {
    for await (const request of requests) {
      yield { validHost: request.host, originalRequest: request, messageResponse: answer(request) };
    }
  }
  router.service(ServerReflection, { serverReflectionInfo: respond });
  router.service(ServerReflectionV1Alpha, {
    // The two packages have the same messages; only the type names differ.
    serverReflectionInfo: (requests) =>
      respond(requests as unknown as AsyncIterable<ServerReflectionRequest>) as never,
  });
};
