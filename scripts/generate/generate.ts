import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { delimiter } from "node:path";
import { type Language, type LeftOut, prepareToolchains } from "../toolchains/index.ts";

const CLIENTS = "buf.gen.clients.yaml";

/** Where each language's generated files lie, and nothing else does. */
export const GENERATED: Record<Language | "ts", string> = {
  ts: "gen/ts",
  go: "gen/go/tokenbroker",
  python: "gen/python",
  java: "gen/java",
};

export interface Generated {
  directories: string[];
  leftOut: LeftOut[];
}

/** Writes `gen/` below `output`, in every language that this machine has the plugins of. Throws when buf fails. */
export const generate = async (output: string): Promise<Generated> => {
  const toolchains = await prepareToolchains();
  const ready = toolchains.filter((toolchain) => toolchain.ready);
  const languages = ready.map(({ language }) => language);
  buf(["generate", "--output", output], []);
  if (languages.length > 0) {
    const template = onlyFor(languages, readFileSync(CLIENTS, "utf8"));
    buf(
      ["generate", "--template", template, "--output", output],
      ready.map(({ path }) => path),
    );
  }
  return {
    directories: [GENERATED.ts, ...languages.map((language) => GENERATED[language])],
    leftOut: toolchains.filter((toolchain) => !toolchain.ready),
  };
};

/** Leaves out the plugins of other languages. A line that begins with `  - ` under `plugins:` begins one; its `out` says whose it is. */
const onlyFor = (languages: Language[], template: string): string => {
  const [head = "", plugins = ""] = template.split(/^(?=plugins:)/m);
  const [title = "", ...blocks] = plugins.split(/^(?= {2}- )/m);
  const kept = blocks.filter((block) =>
    languages.some((language) => block.includes(`out: ${GENERATED[language]}\n`)),
  );
  return [head, title, ...kept].join("");
};

const buf = (args: string[], path: string[]): void => {
  const PATH = [...path, process.env["PATH"]].join(delimiter);
  const { status, stderr } = spawnSync("buf", args, { encoding: "utf8", env: { ...process.env, PATH } });
  if (status !== 0) {
    throw new Error(`buf ${args[0]} failed: ${stderr}`);
  }
};
