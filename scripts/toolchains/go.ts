import { existsSync } from "node:fs";
import { join } from "node:path";
import { toolchainDirectory } from "./directory.ts";
import { lastLines, run } from "./run.ts";
import { type Toolchain } from "./toolchain.ts";

/** Generated code needs runtimes at least as new as these, so they move only with go.mod of gen/go. */
const PLUGINS = [
  "google.golang.org/protobuf/cmd/protoc-gen-go@v1.36.11",
  "google.golang.org/grpc/cmd/protoc-gen-go-grpc@v1.6.2",
];

const language = "go";

export const prepareGo = async (): Promise<Toolchain> => {
  const found = await run("go", ["version"]);
  if (!found.ok) {
    return { ready: false, language, why: "go is not on this machine" };
  }
  const path = toolchainDirectory(`go-${PLUGINS.map((each) => each.split("@")[1]).join("-")}`);
  for (const plugin of PLUGINS.filter((each) => !existsSync(join(path, programOf(each))))) {
    const installed = await run("go", ["install", plugin], { env: { ...process.env, GOBIN: path } });
    if (!installed.ok) {
      return { ready: false, language, why: `${plugin} cannot be installed: ${lastLines(installed.output)}` };
    }
  }
  return { ready: true, language, path };
};

const programOf = (plugin: string): string => plugin.replace(/^.*\/|@.*$/g, "");
