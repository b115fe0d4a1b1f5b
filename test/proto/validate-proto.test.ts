import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { file_buf_validate_validate } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import { describe, expect, it } from "vitest";
import { printValidateProto } from "../../scripts/print-validate-proto.ts";

const PATH = "buf/validate/validate.proto";

describe("proto/buf/validate/validate.proto", () => {
  it("is what the printer prints for the installed @bufbuild/protovalidate", () => {
    expect(readFileSync(`proto/${PATH}`, "utf8")).toBe(printValidateProto());
  });

  it("compiles to the very descriptor that @bufbuild/protovalidate enforces", () => {
    const image = execFileSync(
      "node_modules/.bin/buf",
      [
        "build",
        "proto",
        "--path",
        `proto/${PATH}`,
        "--as-file-descriptor-set",
        "--exclude-source-info",
        "-o",
        "-",
      ],
      {
        maxBuffer: 16 * 1024 * 1024,
      },
    );
    const compiled = fromBinary(FileDescriptorSetSchema, image).file.find((file) => file.name === PATH);
    if (!compiled) {
      throw new Error(`buf build left ${PATH} out of its image`);
    }
    const bytes = toBinary(FileDescriptorProtoSchema, compiled);
    expect(
      Buffer.from(bytes).equals(toBinary(FileDescriptorProtoSchema, file_buf_validate_validate.proto)),
    ).toBe(true);
  });
});
