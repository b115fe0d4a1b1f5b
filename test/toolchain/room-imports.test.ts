import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const GROUND = ["src/errors.ts", "src/time.ts", "src/telemetry/index.ts"];

/** Every room, its layer's rooms last: a room may import what stands on the lines above its own. */
const LAYERS = [
  ["telemetry"],
  ["catalog", "crypto"],
  ["config"],
  ["oauth", "store"],
  ["registrations"],
  ["mcp"],
  ["tokens", "authorization-flow", "verification", "access"],
  ["jobs", "http-callback", "server"],
];

const ROOMS = LAYERS.flat();

interface Import {
  from: string;
  to: string;
}

/** Every import that a file may make, by the direction of the rooms. */
function allowedImports(): Import[] {
  const lower = LAYERS.flatMap((layer, depth) =>
    layer.flatMap((room) => importsOf(room, LAYERS.slice(0, depth).flat())),
  );
  return [
    ...lower,
    ...pairs("src/app.ts", ["src/broker.ts"]),
    ...pairs("src/embed.ts", ["src/broker.ts", "src/registry.ts"]),
    ...pairs("src/index.ts", ["src/embed.ts", "src/registry.ts"]),
    ...["cli/serve.ts", "main.ts"].flatMap((file) =>
      pairs(`src/${file}`, [...GROUND, "src/app.ts", ...doors(ROOMS)]),
    ),
    ...pairs("src/app.ts", [...GROUND, ...doors(ROOMS)]),
    ...pairs("src/main.ts", ["src/cli/index.ts"]),
    ...pairs("src/server/rpc/get-token.ts", ["gen/ts/a_pb.ts", "src/server/convert.ts"]),
    ...["client/a.ts", "client/node/a.ts"].flatMap((file) =>
      pairs(`src/${file}`, ["gen/ts-client/a_pb.ts", "src/client/b.ts"]),
    ),
    ...pairs("src/testing/control/a.ts", ["src/app.ts", ...doors(ROOMS)]),
    ...pairs("src/cli/test-kit.ts", ["src/testing/index.ts"]),
    ...pairs("src/tokens/refresh.test.ts", ["test/support/clock.ts", "src/tokens/refresh.ts"]),
    ...pairs("test/rpc.test.ts", ["gen/ts/a_pb.ts", "src/tokens/refresh.ts"]),
  ];
}

function importsOf(room: string, lowerRooms: string[]): Import[] {
  const rooms = lowerRooms.filter((lower) => !(room === "store" && lower === "catalog"));
  const files = [
    `src/${room}/a.ts`,
    `src/${room}/deep/a.ts`,
    `src/${room}/deep/er/a.ts`,
    `src/${room}/a.test.ts`,
  ];
  const ground = room === "telemetry" ? GROUND.slice(0, 2) : GROUND;
  return files.flatMap((from) => pairs(from, [...ground, ...doors(rooms), `src/${room}/b.ts`]));
}

/** Every import that must be refused: against the direction, past a door, or of generated code outside the server. */
function refusedImports(): Import[] {
  const upwards = LAYERS.flatMap((layer, depth) =>
    layer.flatMap((room) => {
      const notLower = LAYERS.slice(depth)
        .flat()
        .filter((other) => other !== room);
      const targets = [...doors(notLower), "src/app.ts", "src/cli/index.ts", "src/index.ts", "src/main.ts"];
      return [`src/${room}/a.ts`, `src/${room}/deep/a.ts`].flatMap((from) => pairs(from, targets));
    }),
  );
  const pastTheDoor = ROOMS.flatMap((room) => [
    ...pairs("src/app.ts", [`src/${room}/private.ts`, `src/${room}/deep/private.ts`]),
    ...pairs("src/cli/serve.ts", [`src/${room}/private.ts`]),
    ...(room === "server" ? [] : pairs("src/server/deep/rpc.ts", [`src/${room}/private.ts`])),
  ]);
  const generated = [
    ...ROOMS.filter((room) => room !== "server").map((room) => `src/${room}/a.ts`),
    "src/app.ts",
    "src/index.ts",
  ];
  return [
    ...upwards.filter(({ from, to }) => !(from.includes("/telemetry/") && GROUND.includes(to))),
    ...pastTheDoor,
    ...generated.flatMap((from) => pairs(from, ["gen/ts/a_pb.ts"])),
    ...pairs("src/store/a.ts", ["src/catalog/index.ts"]),
    ...pairs("src/tokens/a.ts", ["test/support/clock.ts"]),
    ...pairs("src/errors.ts", ["src/time.ts", "src/telemetry/index.ts"]),
    ...pairs("src/time.ts", ["src/errors.ts"]),
    ...pairs("src/app.ts", ["src/cli/index.ts", "src/main.ts", "src/index.ts"]),
    ...pairs("src/cli/serve.ts", ["src/main.ts", "src/index.ts"]),
    ...pairs("src/broker.ts", ["src/app.ts", "src/embed.ts", "src/index.ts"]),
    ...pairs("src/index.ts", ["src/app.ts", "src/cli/index.ts", "src/testing/index.ts"]),
    ...["client/a.ts", "client/node/a.ts"].flatMap((file) =>
      pairs(`src/${file}`, ["src/errors.ts", ...doors(ROOMS), "gen/ts/a_pb.ts", "src/testing/index.ts"]),
    ),
    ...pairs("src/app.ts", ["src/testing/index.ts", "src/client/index.ts"]),
    ...pairs("src/testing/a.ts", ["src/client/index.ts", "src/cli/index.ts"]),
  ];
}

function pairs(from: string, targets: string[]): Import[] {
  return targets.map((to) => ({ from, to }));
}

function doors(rooms: string[]): string[] {
  return rooms.map((room) => `src/${room}/index.ts`);
}

describe("the linter's room directions", () => {
  const root = mkdtempSync(join(tmpdir(), "token-broker-rooms-"));

  beforeAll(() => {
    cpSync("oxlint.config.ts", join(root, "oxlint.config.ts"));
    symlinkSync(resolve("node_modules"), join(root, "node_modules"));
  });

  afterAll(() => rmSync(root, { recursive: true, force: true }));

  it("lets every room in by the doors below it", () => {
    expect(refusals(root, allowedImports())).toEqual([]);
  });

  it("refuses every other import", () => {
    const imports = refusedImports();
    expect(refusals(root, imports)).toEqual(imports.map(({ from, to }) => `${from} -> ${to}`).toSorted());
  });
});

/** Writes the imports, one line each, runs the linter, and names those it refused. */
function refusals(root: string, imports: Import[]): string[] {
  const byFile = Object.groupBy(imports, ({ from }) => from);
  for (const [from, list = []] of Object.entries(byFile)) {
    mkdirSync(dirname(join(root, from)), { recursive: true });
    writeFileSync(
      join(root, from),
      list.map(({ to }) => `export * from "${specifier(from, to)}";\n`).join(""),
    );
  }
  const files = Object.keys(byFile);
  const { stdout } = spawnSync(join(root, "node_modules/.bin/oxlint"), ["--format", "json", ...files], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  const { diagnostics } = JSON.parse(stdout) as { diagnostics: Diagnostic[] };
  return diagnostics
    .filter(({ code }) => code === "eslint(no-restricted-imports)")
    .map(
      ({ filename, labels }) => `${filename} -> ${byFile[filename]?.[(labels[0]?.span.line ?? 0) - 1]?.to}`,
    )
    .toSorted();
}

interface Diagnostic {
  code: string;
  filename: string;
  labels: { span: { line: number } }[];
}

function specifier(from: string, to: string): string {
  const path = relative(dirname(from), to);
  return path.startsWith(".") ? path : `./${path}`;
}
