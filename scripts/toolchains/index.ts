/** The foreign toolchains that generate and test clients: each is made ready where the machine and its registries allow, and left out aloud where not. */
import { prepareGo } from "./go.ts";
import { prepareJava } from "./java.ts";
import { preparePython } from "./python.ts";
import { type Language, type LeftOut, type Toolchain } from "./toolchain.ts";

export { toolchainDirectory } from "./directory.ts";
export { lastLines, type Ran, run, type RunOptions } from "./run.ts";
export { type Language, type LeftOut, type Toolchain } from "./toolchain.ts";

const PREPARATIONS: Record<Language, () => Promise<Toolchain>> = {
  go: prepareGo,
  python: preparePython,
  java: prepareJava,
};

export const LANGUAGES: Language[] = ["go", "python", "java"];

export const prepareToolchains = (languages = LANGUAGES): Promise<Toolchain[]> =>
  Promise.all(languages.map((language) => PREPARATIONS[language]()));

/** For the run's last lines: nobody may take a run that left something out for a whole one. */
export const announceLeftOut = (what: string, leftOut: LeftOut[]): void => {
  for (const { language, why } of leftOut) {
    console.warn(`!!! LEFT OUT: ${what} for ${language}: ${why}`);
  }
};
