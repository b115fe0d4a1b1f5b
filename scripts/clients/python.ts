import { join } from "node:path";
import { toolchainDirectory } from "../toolchains/index.ts";
import { type Check } from "./check.ts";
import { exampleChecks } from "./examples.ts";

const DIRECTORY = "clients/python";

/** The tests run against the wheel as it would be installed, not against the sources. Nothing is written beside those. */
export const pythonChecks = (environment: Record<string, string>, path: string): Check[] => {
  const python = join(path, "python");
  const wheels = toolchainDirectory("python-wheels");
  const installed = toolchainDirectory("python-installed");
  const env = { ...process.env, PYTHONPATH: installed, PYTHONDONTWRITEBYTECODE: "1" };
  const options = { cwd: DIRECTORY, env };
  const pip = ["-m", "pip", "--quiet", "--disable-pip-version-check"];
  return [
    {
      name: "mypy --strict",
      command: python,
      args: ["-m", "mypy", "--cache-dir", toolchainDirectory("mypy")],
      options: { cwd: DIRECTORY },
    },
    {
      name: "build the wheel",
      command: python,
      args: [...pip, "wheel", "--no-deps", "--no-index", "--no-build-isolation", "--wheel-dir", wheels, "."],
      options,
    },
    {
      name: "install the wheel",
      command: python,
      args: [
        ...pip,
        "install",
        "--no-deps",
        "--no-index",
        "--upgrade",
        "--find-links",
        wheels,
        "--target",
        installed,
        "token-broker-client",
      ],
      options,
    },
    {
      name: "pytest",
      command: python,
      args: ["-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider", "-o", "pythonpath="],
      options,
    },
    ...["fetch.py", "fetch_async.py"].flatMap((file) =>
      exampleChecks(
        { name: `examples/${file}`, command: python, args: [`examples/${file}`], cwd: DIRECTORY, env },
        environment,
      ),
    ),
  ];
};
