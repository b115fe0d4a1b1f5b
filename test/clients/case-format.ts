/** The form of `cases.json`, which README.md beside it describes. */
import { readFileSync } from "node:fs";
import { z } from "zod";

const count = z.int().nonnegative();
const alias = z.string();

const errorForm = z.strictObject({
  code: z.union([z.string(), z.array(z.string())]).exactOptional(),
  reason: z.string().exactOptional(),
  reconnect: z.boolean().exactOptional(),
  kind: z.literal("origin_unknown").exactOptional(),
});

const expectForm = z.strictObject({
  same: alias.exactOptional(),
  newerThan: alias.exactOptional(),
  degraded: z.string().exactOptional(),
  status: z.int().exactOptional(),
  error: errorForm.exactOptional(),
});

const countsForm = z.strictObject({
  calls: z.record(z.string(), count).exactOptional(),
  watches: count.exactOptional(),
  refreshes: count.exactOptional(),
  requests: count.exactOptional(),
});

const timing = {
  eventuallyMs: count.exactOptional(),
  withinMs: count.exactOptional(),
  atLeastMs: count.exactOptional(),
};
const repeated = { times: count.exactOptional(), parallel: z.boolean().exactOptional() };

const stepForm = z.discriminatedUnion("do", [
  z.strictObject({
    do: z.literal("token"),
    of: alias,
    as: alias.exactOptional(),
    timeoutMs: count.exactOptional(),
    expect: expectForm.exactOptional(),
    ...repeated,
    ...timing,
  }),
  z.strictObject({
    do: z.literal("batch"),
    of: z.array(alias),
    as: z.array(alias).exactOptional(),
    expect: z.array(expectForm),
    ...timing,
  }),
  z.strictObject({
    do: z.literal("fetch"),
    of: alias,
    as: alias.exactOptional(),
    to: z.enum(["api", "elsewhere"]).exactOptional(),
    method: z.string().exactOptional(),
    path: z.string().exactOptional(),
    body: z.string().exactOptional(),
    expect: expectForm.exactOptional(),
    ...repeated,
    ...timing,
  }),
  z.strictObject({ do: z.literal("reconnect"), from: alias }),
  z.strictObject({
    do: z.literal("control"),
    path: z.string(),
    body: z.record(z.string(), z.unknown()).exactOptional(),
    background: z.boolean().exactOptional(),
  }),
  z.strictObject({
    do: z.literal("counts"),
    expect: countsForm.exactOptional(),
    atMost: countsForm.exactOptional(),
    atLeast: countsForm.exactOptional(),
    ...timing,
  }),
  z.strictObject({
    do: z.literal("requests"),
    expect: z.array(
      z.strictObject({
        at: z.enum(["api", "elsewhere"]),
        method: z.string(),
        path: z.string(),
        token: alias,
        body: z.string().exactOptional(),
      }),
    ),
    ...timing,
  }),
]);

const caseForm = z.strictObject({
  name: z.string(),
  requires: z.array(z.enum(["watch", "batch"])).exactOptional(),
  client: z
    .strictObject({
      watch: z.boolean().exactOptional(),
      listener: z.enum(["clear", "tls", "mtls", "untrusted"]).exactOptional(),
      credentials: z.enum(["key", "wrong", "none"]).exactOptional(),
    })
    .exactOptional(),
  connections: z.record(alias, z.looseObject({ unknown: z.boolean().exactOptional() })),
  steps: z.array(stepForm),
});

export type Case = z.output<typeof caseForm>;
export type Step = z.output<typeof stepForm>;
export type StepOf<Kind extends Step["do"]> = Extract<Step, { do: Kind }>;
export type Expected = z.output<typeof expectForm>;
export type ExpectedCounts = z.output<typeof countsForm>;
export type ClientOptions = NonNullable<Case["client"]>;

export const readCases = (): Case[] => {
  const text = readFileSync(new URL("cases.json", import.meta.url), "utf8");
  return z.strictObject({ cases: z.array(caseForm) }).parse(JSON.parse(text)).cases;
};
