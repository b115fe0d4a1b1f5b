import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFileRegistry, fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { expect, it } from "vitest";
import { TokenBrokerService } from "../../gen/ts/tokenbroker/v1/token_broker_service_pb.ts";

it("the artefacts of a release are a whole set of descriptors and the service config", () => {
  const folder = mkdtempSync(join(tmpdir(), "token-broker-release-"));
  try {
    const { status, stderr } = spawnSync(process.execPath, ["scripts/release-artifacts.ts", folder], {
      encoding: "utf8",
    });
    expect([status, stderr]).toEqual([0, ""]);
    const files = fromBinary(FileDescriptorSetSchema, readFileSync(join(folder, "tokenbroker.protoset")));
    const methods = createFileRegistry(files).getService(TokenBrokerService.typeName)?.methods;
    expect(methods?.map(({ name }) => name)).toEqual(TokenBrokerService.methods.map(({ name }) => name));
    const config = readFileSync(join(folder, "service_config.json"), "utf8");
    expect(config).toBe(readFileSync("proto/tokenbroker/v1/service_config.json", "utf8"));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
