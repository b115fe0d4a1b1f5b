/**
 * The client in a context that has what browsers and Deno have and nothing of Node: `node --experimental-vm-modules without-node.ts <entry> <program>`.
 * Runs the program, a function body that is given the client's exports as `client`, and prints what it answers as JSON.
 */
import { readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import { type Context, createContext, type Module, SourceTextModule } from "node:vm";

const WEB = [
  "AbortController",
  "AbortSignal",
  "Blob",
  "DOMException",
  "FormData",
  "Headers",
  "ReadableStream",
  "Request",
  "Response",
  "TextDecoder",
  "TextEncoder",
  "URL",
  "URLSearchParams",
  "atob",
  "btoa",
  "clearTimeout",
  "fetch",
  "performance",
  "setTimeout",
] as const;

const [entry = "", program = ""] = process.argv.slice(2);
const context = createContext(
  Object.fromEntries(WEB.map((name) => [name, (globalThis as Record<string, unknown>)[name]])),
);
const modules = new Map<string, SourceTextModule>();

const moduleAt = (url: string, inside: Context): SourceTextModule => {
  const known = modules.get(url);
  if (known) return known;
  const text = readFileSync(fileURLToPath(url), "utf8");
  const module = new SourceTextModule(url.endsWith(".ts") ? stripTypeScriptTypes(text) : text, {
    context: inside,
    identifier: url,
  });
  modules.set(url, module);
  return module;
};

/** Packages by this file's own view of them, files by where they are imported. */
const link = (specifier: string, { identifier }: Module): Module =>
  moduleAt(
    specifier.startsWith(".") ? new URL(specifier, identifier).href : import.meta.resolve(specifier),
    context,
  );

const client = moduleAt(pathToFileURL(entry).href, context);
await client.link(link);
await client.evaluate();
const run = new SourceTextModule(
  `export const main = async (client) => { ${program} }; export const left = Object.keys(globalThis);`,
  { context },
);
await run.link(link);
await run.evaluate();
const { main } = run.namespace as { main: (exports: object) => Promise<unknown> };
process.stdout.write(`${JSON.stringify(await main(client.namespace))}\n`);
