/**
 * What one test run shares and is slow to make: a PostgreSQL server and a migrated PGlite data directory. The main process owns
 * them and makes each when the first test file asks for it, so that a run that needs neither waits for neither.
 */
import { execFile } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { join } from "node:path";
import { promisify } from "node:util";
import { type PostgresServer, startPostgres } from "./postgres.ts";

/** Names the address of the main process; set by the global setup and inherited by workers. */
export const FIXTURES_VARIABLE = "BROKER_TEST_FIXTURES";

export interface RunFixtures extends AsyncDisposable {
  url: string;
}

/** The maintenance database of the run's PostgreSQL server: `createDatabase(await postgresServerUrl())` gives a test its own. */
export function postgresServerUrl(): Promise<string> {
  return ask("postgres");
}

/** The path of the run's migrated PGlite data directory: copy it, never open it. */
export function pgliteTemplate(): Promise<string> {
  return ask("pglite-template");
}

/** Serves the fixtures to the workers. `directory` is the run's own and is removed by the caller. */
export async function serveRunFixtures(directory: string): Promise<RunFixtures> {
  let postgres: Promise<PostgresServer> | undefined;
  let template: Promise<string> | undefined;
  const makers: Record<string, () => Promise<string>> = {
    "/postgres": async () => (await (postgres ??= startPostgres())).url,
    "/pglite-template": () => (template ??= makePgliteTemplate(join(directory, "pglite-template"))),
  };
  const server = createServer((request, response) => {
    const make = makers[request.url ?? ""] ?? (() => Promise.reject(new Error(`no fixture ${request.url}`)));
    // A kept connection that idles out just as a worker asks again would fail that worker's test.
    response.setHeader("connection", "close");
    make().then(
      (value) => response.end(value),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await (await postgres)?.[Symbol.asyncDispose]();
    },
  };
}

async function makePgliteTemplate(directory: string): Promise<string> {
  await promisify(execFile)(process.execPath, [join(import.meta.dirname, "pglite-template.ts"), directory]);
  return directory;
}

async function ask(fixture: string): Promise<string> {
  const url = process.env[FIXTURES_VARIABLE];
  if (url === undefined) {
    throw new Error(`the fixture ${fixture} exists in a test run only: ${FIXTURES_VARIABLE} is not set`);
  }
  const response = await fetch(`${url}/${fixture}`);
  const text = await response.text();
  if (!response.ok) {
    throw new Error(`the fixture ${fixture} could not be made: ${text}`);
  }
  return text;
}
