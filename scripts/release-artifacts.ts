/**
 * Writes what a release has beside the package, for clients in any language: `npm run release:artifacts [-- folder]`, by default into `dist/release`.
 * A `FileDescriptorSet` of the contract with everything that it imports, and the gRPC service config.
 */
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";

const [folder = "dist/release"] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });

const descriptors = join(folder, "tokenbroker.protoset");
const { status } = spawnSync(
  "buf",
  [
    "build",
    "--as-file-descriptor-set",
    "--path",
    "proto/tokenbroker",
    "--output",
    `${descriptors}#format=binpb`,
  ],
  { stdio: "inherit" },
);
if (status !== 0) throw new Error("buf build failed");

const serviceConfig = join(folder, "service_config.json");
copyFileSync("proto/tokenbroker/v1/service_config.json", serviceConfig);
console.log(`wrote ${descriptors} and ${serviceConfig}`);
