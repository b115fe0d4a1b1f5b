import { existsSync, readFileSync } from "node:fs";
import { codeToString } from "@connectrpc/connect/protocol-connect";
import { describe, expect, it } from "vitest";
import { ConnectionStatus, ProviderRevocation } from "../../gen/ts/tokenbroker/v1/connection_pb.ts";
import { EmailAuthority } from "../../gen/ts/tokenbroker/v1/login_pb.ts";
import { TokenBrokerService } from "../../gen/ts/tokenbroker/v1/token_broker_service_pb.ts";
import { catalog, completeDefinition, variableSettings } from "../../src/catalog/index.ts";
import {
  plainSettings,
  providerSecretSettings,
  providerSettings,
  secretSettings,
} from "../../src/config/index.ts";
import { CODE_OF } from "../../src/server/errors.ts";
import { createMetrics } from "../../src/telemetry/index.ts";
import { inRepository, mentions, readPage, writtenPages } from "./pages.ts";

/** The mentions whose name is not one of these. */
const unknown = (pattern: RegExp, isKnown: (name: string) => boolean) =>
  mentions(writtenPages(), pattern).filter(({ name }) => !isKnown(name));

describe("names that the documentation uses", () => {
  /** Read by the tests themselves, not by the broker. */
  const OF_TESTS = "BROKER_TEST_DATABASE_URL";

  const secrets = Object.values(secretSettings).map(({ name }) => name);
  const variables = new Set([
    ...Object.values(plainSettings).map(({ name }) => name),
    ...secrets.flatMap((name) => [name, `${name}_FILE`]),
    OF_TESTS,
  ]);
  const suffixes = [
    ...Object.values(providerSettings).flatMap((setting): readonly string[] => setting.suffixes),
    ...Object.values(providerSecretSettings).flatMap(({ suffix }) => [suffix, `${suffix}_FILE`]),
    ...[...catalog.values()].map(completeDefinition).flatMap(settingsOfVariables),
  ];
  const isVariable = (name: string): boolean =>
    variables.has(name) || (name.startsWith("CONNECT_") && suffixes.some((s) => name.endsWith(`_${s}`)));

  it("are variables that something reads", () => {
    // `CONNECT_{NAME}_*` stands for many.
    expect(unknown(/\b((?:CONNECT|BROKER)_[A-Z0-9_{}]*[A-Z0-9}])(?!_?\*|_\{)\b/g, isVariable)).toEqual([]);
  });

  it("are RPCs of the service", () => {
    const methods = new Set(TokenBrokerService.methods.map(({ name }) => name));
    const pattern = /tokenbroker\.v1\.TokenBrokerService\/([A-Z]\w+)|^call ([A-Z]\w+)/gm;
    expect(unknown(pattern, (name) => name === "" || methods.has(name))).toEqual([]);
  });

  it("are metrics", async () => {
    const { text } = await createMetrics().render();
    const metrics = new Set([...text.matchAll(/^# TYPE (\w+)/gm)].map(([, name]) => name));
    expect(unknown(/\b(tokenbroker_\w+)/g, (name) => metrics.has(name))).toEqual([]);
    const operate = readPage("docs/how-to/operate.md").text;
    expect([...metrics].filter((name) => !operate.includes(`| \`${name}\` |`))).toEqual([]);
  });

  it("are reasons, codes and states of the contract", () => {
    const states = [ConnectionStatus, ProviderRevocation, EmailAuthority].flatMap((values) =>
      Object.keys(values),
    );
    const codes = Object.values(CODE_OF).map((code) => codeToString(code).toUpperCase());
    const words = new Set([...Object.keys(CODE_OF), ...states, ...codes]);
    const isElsewhere = (name: string): boolean => NOT_OF_THE_CONTRACT.has(name) || isVariable(name);
    const pattern = /`([A-Z][A-Z0-9]*_[A-Z0-9_]+)`/g;
    expect(unknown(pattern, (name) => words.has(name) || isElsewhere(name))).toEqual([]);
  });

  it("are files of the repository", () => {
    const pattern = /`((?:src|test|scripts|proto|gen|docs|bench|examples)\/[\w./-]*)`/g;
    expect(unknown(pattern, (path) => existsSync(inRepository(path)))).toEqual([]);
  });

  it("are scripts of package.json", () => {
    const { scripts } = JSON.parse(readFileSync(inRepository("package.json"), "utf8")) as {
      scripts: Record<string, string>;
    };
    expect(unknown(/npm run ([\w:-]+)/g, (name) => name in scripts)).toEqual([]);
  });
});

/** Upper case with an underscore, and of other origin. */
const NOT_OF_THE_CONTRACT = new Set([
  // The vendors' older names; the catalog's data has them.
  "GITHUB_CLIENT_ID",
  "HTTPS_PROXY",
  // Codes of the log's lines about calls to providers, and of a client library.
  "PROXY_ANSWERED_403",
  "PROXY_TIMEOUT",
  // An outcome of the audit record beside the reasons.
  "AWAITING_COMPLETION",
  "NGHTTP2_REFUSED_STREAM",
  "NODE_ENV",
  // Of scripts/toolchains.
  "TOKEN_BROKER_TOOLCHAINS",
]);

function settingsOfVariables(definition: ReturnType<typeof completeDefinition>): string[] {
  return Object.keys(definition.variables).flatMap((name) => variableSettings(definition, name));
}
