import { chmodSync, existsSync, renameSync } from "node:fs";
import { join } from "node:path";
import { toolchainDirectory } from "./directory.ts";
import { lastLines, run } from "./run.ts";
import { type Toolchain } from "./toolchain.ts";

/** The programs as buf.gen.clients.yaml names them, and the artefacts they are. clients/java/pom.xml has runtimes at least as new. */
const PROGRAMS = {
  "protoc-for-java": "com.google.protobuf:protoc:4.33.5",
  "protoc-gen-grpc-java": "io.grpc:protoc-gen-grpc-java:1.82.0",
};

const language = "java";

export const prepareJava = async (): Promise<Toolchain> => {
  const found = await Promise.all([run("javac", ["-version"]), run("mvn", ["--version"])]);
  if (!found.every(({ ok }) => ok)) {
    return { ready: false, language, why: "a JDK and mvn are not on this machine" };
  }
  const versions = Object.values(PROGRAMS).map((artifact) => artifact.split(":")[2]);
  const path = toolchainDirectory(`java-${versions.join("-")}`);
  for (const [program, artifact] of Object.entries(PROGRAMS).filter(
    ([name]) => !existsSync(join(path, name)),
  )) {
    const failure = await fetchProgram(artifact, path, program);
    if (failure !== undefined) {
      return { ready: false, language, why: `${artifact} cannot be fetched: ${failure}` };
    }
  }
  return { ready: true, language, path };
};

const fetchProgram = async (
  artifact: string,
  directory: string,
  program: string,
): Promise<string | undefined> => {
  const [, name = "", version = ""] = artifact.split(":");
  const copied = await run("mvn", [
    "--batch-mode",
    "--quiet",
    `-Dartifact=${artifact}:exe:${classifier()}`,
    `-DoutputDirectory=${directory}`,
    "dependency:copy",
  ]);
  if (!copied.ok) {
    return lastLines(
      copied.output
        .split("\n")
        .filter((line) => line.includes("Failed"))
        .join("\n"),
      1,
    );
  }
  renameSync(join(directory, `${name}-${version}-${classifier()}.exe`), join(directory, program));
  chmodSync(join(directory, program), 0o755);
  return undefined;
};

/** How Maven Central's protobuf artefacts name this machine. */
const classifier = (): string => {
  const system = process.platform === "darwin" ? "osx" : process.platform === "win32" ? "windows" : "linux";
  return `${system}-${process.arch === "arm64" ? "aarch_64" : "x86_64"}`;
};
