import { startTestKit, type TestKit } from "../../src/testing/index.ts";
import { type Language, type LeftOut, prepareToolchains, type Toolchain } from "../toolchains/index.ts";
import { casesLeftOut, type Checked, runChecks } from "./check.ts";
import { exampleEnvironment } from "./examples.ts";
import { goChecks, hasRaceDetector } from "./go.ts";
import { javaBuild, javaChecks } from "./java.ts";
import { pythonChecks } from "./python.ts";

export interface LanguageReport {
  readonly language: Language;
  readonly checks: readonly Checked[];
  /** What this machine could not do, or the broker had not. */
  readonly leftOut: readonly string[];
}

/** Runs what this machine can of the clients in these languages, the languages beside one another. */
export const testClients = async (languages?: Language[]): Promise<LanguageReport[]> => {
  const toolchains = await prepareToolchains(languages);
  if (toolchains.every(({ ready }) => !ready)) return toolchains.filter(isLeftOut).map(reportLeftOut);
  await using kit = await startTestKit();
  return await Promise.all(
    toolchains.map(async (toolchain) =>
      toolchain.ready ? await testClient(toolchain, kit) : reportLeftOut(toolchain),
    ),
  );
};

const isLeftOut = (toolchain: Toolchain): toolchain is LeftOut => !toolchain.ready;

const reportLeftOut = ({ language, why }: LeftOut): LanguageReport => ({
  language,
  checks: [],
  leftOut: [why],
});

const testClient = async (
  { language, path }: { language: Language; path: string },
  kit: TestKit,
): Promise<LanguageReport> => {
  const environment = await exampleEnvironment(kit);
  switch (language) {
    case "go": {
      const race = await hasRaceDetector();
      const report = reportOf(language, await runChecks(goChecks(environment, race)));
      const noRace = "the race detector: there is no C compiler";
      return race ? report : { ...report, leftOut: [...report.leftOut, noRace] };
    }
    case "python":
      return reportOf(language, await runChecks(pythonChecks(environment, path)));
    case "java": {
      const built = await runChecks([javaBuild()]);
      const ran = built.every(({ problem }) => problem === undefined)
        ? await runChecks(javaChecks(environment))
        : [];
      return reportOf(language, [...built, ...ran]);
    }
  }
};

const reportOf = (language: Language, checks: Checked[]): LanguageReport => ({
  language,
  checks,
  leftOut: checks.flatMap(casesLeftOut),
});
