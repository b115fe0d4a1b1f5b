import { run } from "../toolchains/index.ts";
import { type Check, saidSomething } from "./check.ts";
import { exampleChecks } from "./examples.ts";

const DIRECTORY = "clients/go";

/** The race detector needs a C compiler, which not every Go has beside it. */
export const hasRaceDetector = async (): Promise<boolean> =>
  (await run("cc", ["--version"])).ok && (await run("go", ["env", "CGO_ENABLED"])).output.trim() === "1";

export const goChecks = (environment: Record<string, string>, race: boolean): Check[] => {
  const options = { cwd: DIRECTORY };
  const withRace = race ? ["-race"] : [];
  return [
    { name: "gofmt", command: "gofmt", args: ["-l", "."], options, problem: saidSomething },
    { name: "go vet", command: "go", args: ["vet", "./..."], options },
    {
      name: race ? "go test -race" : "go test",
      command: "go",
      args: ["test", ...withRace, "-count=1", "-v", "./..."],
      options,
    },
    ...exampleChecks(
      { name: "examples/fetch", command: "go", args: ["run", "./examples/fetch"], cwd: DIRECTORY },
      environment,
    ),
  ];
};
