import { randomUUID } from "node:crypto";
import type { TestKit } from "../../src/testing/index.ts";
import { type Ran } from "../toolchains/index.ts";
import { type Check } from "./check.ts";

/** How the examples of every language are told what to do. */
export const exampleEnvironment = async (kit: TestKit): Promise<Record<string, string>> => {
  const { connectionId, userId, provider } = await kit.connections.seed();
  return {
    TOKEN_BROKER_URL: kit.brokerUrl,
    TOKEN_BROKER_API_KEY: kit.apiKey,
    CONNECTION_ID: connectionId,
    USER_ID: userId,
    PROVIDER: provider,
    API_URL: `${kit.resource.url}/me`,
  };
};

type Program = Pick<Check, "name" | "command" | "args"> & { cwd: string; env?: Record<string, string> };

/** Each example is run twice: for a connection with a token, and for one that a person has yet to make. */
export const exampleChecks = (program: Program, environment: Record<string, string>): Check[] => {
  const { name, command, args, cwd } = program;
  const env = { ...process.env, ...program.env, ...environment };
  return [
    { name, command, args, options: { cwd, env }, problem: saysStatus },
    {
      name: `${name}, for a connection that does not exist`,
      command,
      args,
      options: { cwd, env: { ...env, CONNECTION_ID: randomUUID() } },
      problem: saysLink,
    },
  ];
};

const saysStatus = ({ ok, output }: Ran): string | undefined =>
  ok && /\b200\b/.test(output) ? undefined : "called no API";

const saysLink = ({ ok, output }: Ran): string | undefined =>
  !ok && /^CONNECTION_NOT_FOUND: open http\S+$/m.test(output) ? undefined : "gave no link to a person";
