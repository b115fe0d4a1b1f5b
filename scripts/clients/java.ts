import { existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { toolchainDirectory } from "../toolchains/index.ts";
import { type Check } from "./check.ts";
import { exampleChecks } from "./examples.ts";

const DIRECTORY = "clients/java";

export const javaBuild = (): Check => {
  const output = toolchainDirectory("java-build");
  return {
    name: "compile the stubs and the example",
    command: "mvn",
    args: [
      "--batch-mode",
      "--quiet",
      `-DoutputDirectory=${output}`,
      `-Dmdep.outputFile=${classpathFile()}`,
      "compile",
      "dependency:build-classpath",
    ],
    options: { cwd: DIRECTORY },
  };
};

/** After `javaBuild`. */
export const javaChecks = (environment: Record<string, string>): Check[] => {
  const libraries = existsSync(classpathFile()) ? readFileSync(classpathFile(), "utf8") : "";
  const classpath = [join(toolchainDirectory("java-build"), "classes"), libraries].join(delimiter);
  return exampleChecks(
    {
      name: "FetchToken",
      command: "java",
      args: ["-cp", classpath, "tokenbroker.example.FetchToken"],
      cwd: DIRECTORY,
    },
    environment,
  );
};

const classpathFile = (): string => join(toolchainDirectory("java-build"), "classpath.txt");
