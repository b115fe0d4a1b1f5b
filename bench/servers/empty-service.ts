import { create, createFileRegistry, type DescMethodUnary } from "@bufbuild/protobuf";
import {
  type EmptySchema,
  file_google_protobuf_empty,
  FileDescriptorProtoSchema,
} from "@bufbuild/protobuf/wkt";

/** Where the RPC that does nothing is called. */
export const EMPTY_PATH = "/bench.v1.EmptyService/Call";

const EMPTY = ".google.protobuf.Empty";

/** An RPC that does nothing: `google.protobuf.Empty` in and out. */
export function emptyMethod(): DescMethodUnary<typeof EmptySchema, typeof EmptySchema> {
  const empty = file_google_protobuf_empty.proto;
  const file = create(FileDescriptorProtoSchema, {
    name: "bench/v1/empty.proto",
    package: "bench.v1",
    syntax: "proto3",
    dependency: [empty.name],
    service: [{ name: "EmptyService", method: [{ name: "Call", inputType: EMPTY, outputType: EMPTY }] }],
  });
  const registry = createFileRegistry(file, (name) => (name === empty.name ? empty : undefined));
  const method = registry.getService("bench.v1.EmptyService")?.method["call"];
  if (method?.methodKind !== "unary") {
    throw new Error("the descriptor does not hold the method it was made of");
  }
  return method as DescMethodUnary<typeof EmptySchema, typeof EmptySchema>;
}
