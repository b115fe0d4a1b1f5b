import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { toolchainDirectory } from "./directory.ts";
import { lastLines, run } from "./run.ts";
import { type Toolchain } from "./toolchain.ts";

const REQUIREMENTS = "scripts/toolchains/python-requirements.txt";
const GRPC_PLUGIN = "scripts/toolchains/protoc-gen-grpc-python.py";
const OLDEST_PYTHON = "3.10";

const language = "python";

export const preparePython = async (): Promise<Toolchain> => {
  const found = await run("python3", [
    "-c",
    `import sys, venv; assert sys.version_info >= (${OLDEST_PYTHON.replace(".", ", ")})`,
  ]);
  if (!found.ok) {
    return {
      ready: false,
      language,
      why: `python3 (${OLDEST_PYTHON} or newer, with venv) is not on this machine`,
    };
  }
  const environment = toolchainDirectory(`python-${digest(readFileSync(REQUIREMENTS))}`);
  const path = join(environment, "bin");
  const done = join(environment, "installed");
  if (!existsSync(done)) {
    const failure = await install(environment);
    if (failure !== undefined) {
      return {
        ready: false,
        language,
        why: `the packages of ${REQUIREMENTS} cannot be installed: ${failure}`,
      };
    }
    writeFileSync(done, "");
  }
  writeFileSync(
    join(path, "protoc-gen-grpc-python"),
    `#!${join(path, "python")}\n${readFileSync(GRPC_PLUGIN, "utf8")}`,
    {
      mode: 0o755,
    },
  );
  return { ready: true, language, path };
};

const install = async (environment: string): Promise<string | undefined> => {
  const made = await run("python3", ["-m", "venv", environment]);
  const python = join(environment, "bin/python");
  const installed = made.ok
    ? await run(python, ["-m", "pip", "install", "--quiet", "--requirement", REQUIREMENTS])
    : made;
  return installed.ok ? undefined : lastLines(installed.output);
};

const digest = (text: Buffer): string => createHash("sha256").update(text).digest("hex").slice(0, 12);
