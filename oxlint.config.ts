import { defineConfig, type OxlintOverride } from "oxlint";

/** What every room may import: they know no other room. */
const GROUND = ["errors.ts", "time.ts", "telemetry"];

/** The rooms below `tokens`, `authorization-flow`, `verification`, `access` and `key-rotation`. */
const LOWER = [...GROUND, "catalog", "crypto", "config", "oauth", "store", "registrations", "mcp"];

/** The rooms below `jobs`, `http-callback` and `server`. */
const MIDDLE = [
  ...LOWER,
  "tokens",
  "authorization-flow",
  "acquisition",
  "verification",
  "access",
  "key-rotation",
  "audit",
  "rate-limits",
  "watching",
];

/** Every room that `app.ts` wires together. */
const UPPER = [...MIDDLE, "jobs", "http-callback", "server"];

/**
 * Which rooms each room may import, the whole list: what is not named is refused. Imports run one way, `tokens` and
 * `authorization-flow` never import each other, `server` and `http-callback` never meet, `store` knows no provider.
 */
const ROOMS: Record<string, string[]> = {
  telemetry: ["errors.ts", "time.ts"],
  catalog: GROUND,
  crypto: GROUND,
  config: [...GROUND, "catalog", "crypto"],
  oauth: [...GROUND, "catalog", "crypto", "config"],
  store: [...GROUND, "crypto", "config"],
  registrations: [...GROUND, "catalog", "crypto", "config", "oauth", "store"],
  mcp: [...GROUND, "catalog", "crypto", "config", "oauth", "store", "registrations"],
  tokens: LOWER,
  "authorization-flow": LOWER,
  acquisition: LOWER,
  verification: LOWER,
  access: LOWER,
  "key-rotation": LOWER,
  audit: [...GROUND, "crypto", "config", "store"],
  "rate-limits": [...GROUND, "crypto", "config", "store"],
  watching: [...LOWER, "tokens"],
  jobs: MIDDLE,
  "http-callback": MIDDLE,
  server: MIDDLE,
  testing: [...UPPER, "app.ts"],
  cli: [...UPPER, "app.ts", "testing"],
  // Runs in other people's programs: nothing of the broker comes along.
  client: [],
};

/** The files beside the rooms: what each may import of `src/`. */
const ROOT_FILES: Record<string, string[]> = {
  "errors.ts": [],
  "time.ts": [],
  "broker.ts": UPPER,
  "app.ts": [...UPPER, "broker.ts"],
  "registry.ts": ["config"],
  "embed.ts": [...UPPER, "broker.ts", "registry.ts"],
  "index.ts": [...UPPER, "embed.ts", "registry.ts"],
  "main.ts": [...UPPER, "app.ts", "cli"],
};

/** How deep inside a room a file may lie: `src/server/rpc/get-token.ts` is 1 below its room. */
const ROOM_DEPTHS = [0, 1, 2, 3];

/** The door of a room, as a pattern on the import path; a file beside the rooms is its own door. */
function door(target: string): string {
  return target.endsWith(".ts") ? target : `${target}/index.ts`;
}

type Rules = NonNullable<OxlintOverride["rules"]>;

function restrictImports(
  forbidden: string,
  allowed: string[],
  message: string,
  before: string[] = [],
): Rules {
  const patterns = [{ group: [...before, forbidden, ...allowed.map((path) => `!${path}`)], message }];
  return { "no-restricted-imports": ["error", { patterns }] };
}

/** What the client may import of others: whoever uses it gets nothing else into their program, and needs Node only for `node/`. */
const CLIENT_PACKAGES = ["@connectrpc/connect", "@bufbuild/protobuf"];
const CLIENT_NODE_PACKAGES = [...CLIENT_PACKAGES, "@connectrpc/connect-node", "node:*"];

/** Every package but these. By the rules of gitignore: what lies in a folder that is excluded cannot be let in. */
function otherPackages(allowed: string[]): string[] {
  const scopes = [...new Set(allowed.filter((name) => name.includes("/")).map((name) => name.split("/")[0]))];
  return [
    "*",
    "!.*",
    "!.*/**",
    ...scopes.flatMap((scope) => [`!${scope}`, `${scope}/*`]),
    ...allowed.flatMap((name) => [`!${name}`, `!${name}/**`]),
  ];
}

function forbiddenPackages(room: string, depth: number): string[] {
  if (room !== "client") return [];
  return otherPackages(depth === 0 ? CLIENT_PACKAGES : CLIENT_NODE_PACKAGES);
}

/** Generated messages stop at the server, where they become domain values. */
function beyondSource(room: string): string[] {
  if (room === "client") return ["../gen/ts-client/**"];
  return room === "server" ? ["../gen/**"] : [];
}

/** `../` leads from a file directly in the room to `src/`, once more for each folder in between. */
function roomOverrides(room: string, extension: string, more: string[]): OxlintOverride[] {
  const targets = ROOMS[room] ?? [];
  return ROOM_DEPTHS.map((depth) => {
    const toSource = "../".repeat(depth + 1);
    const allowed = [
      ...targets.map((target) => toSource + door(target)),
      ...more.map((path) => toSource + path),
    ];
    return {
      files: [`src/${room}/${"*/".repeat(depth)}*${extension}`],
      rules: restrictImports(
        `${toSource}**`,
        allowed,
        roomMessage(room, targets),
        extension === ".ts" ? forbiddenPackages(room, depth) : [],
      ),
    };
  });
}

function roomMessage(room: string, targets: string[]): string {
  if (room === "client")
    return `src/client may import only gen/ts-client, ${CLIENT_PACKAGES.join(" and ")}; below node/ also connect-node and Node's own modules.`;
  return `src/${room} may import only the doors (index.ts) of: ${targets.join(", ")}. See ROOMS in oxlint.config.ts.`;
}

function rootFileOverride(file: string, targets: string[]): OxlintOverride {
  const allowed = targets.map((target) => `./${door(target)}`);
  const message = `src/${file} may import only: ${allowed.join(", ") || "no other file"}.`;
  return { files: [`src/${file}`], rules: restrictImports(".*/**", allowed, message) };
}

export default defineConfig({
  plugins: ["eslint", "typescript", "unicorn", "oxc", "import", "promise", "node", "vitest"],
  ignorePatterns: ["gen/**", "dist/**"],
  categories: { correctness: "error", suspicious: "error" },
  rules: {
    "typescript/no-explicit-any": "error",
    "typescript/no-floating-promises": "error",
    "typescript/no-misused-promises": "error",
    "typescript/await-thenable": "error",
    "typescript/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
    "typescript/only-throw-error": "error",
    "typescript/consistent-type-imports": ["error", { fixStyle: "inline-type-imports" }],
    // Branded ids and parsed JSON are narrowed on purpose, at the door.
    "typescript/no-unsafe-type-assertion": "off",
    // The compiler's noImplicitReturns says the same with fewer false alarms.
    "typescript/consistent-return": "off",
    "unicorn/consistent-function-scoping": "off",
    // `fc.assert` is fast-check's own idiom.
    "import/no-named-as-default-member": "off",
    "vitest/expect-expect": [
      "error",
      { assertFunctionNames: ["expect", "expect*", "fc.assert", "assert*", "fuzz*"] },
    ],
    // A property's expectation depends on its generated case.
    "vitest/no-conditional-expect": "off",
    "import/no-default-export": "error",
    "import/no-cycle": "error",
  },
  overrides: [
    ...Object.keys(ROOMS).flatMap((room) => roomOverrides(room, ".ts", beyondSource(room))),
    ...Object.keys(ROOMS).flatMap((room) =>
      roomOverrides(room, ".test.ts", [...beyondSource(room), "../test/**"]),
    ),
    ...Object.entries(ROOT_FILES).map(([file, targets]) => rootFileOverride(file, targets)),
    { files: ["*.config.ts"], rules: { "import/no-default-export": "off" } },
  ],
});
