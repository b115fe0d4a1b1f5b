import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "../..");

interface Bom {
  readonly bomFormat: string;
  readonly metadata: { readonly component: { readonly name: string } };
  readonly components: readonly { readonly name: string; readonly version: string; readonly purl: string }[];
}

const run = (...args: readonly string[]): Bom => {
  const { stdout, status } = spawnSync(process.execPath, [join(ROOT, "scripts/sbom.ts"), ...args], {
    cwd: ROOT,
    encoding: "utf8",
    maxBuffer: 256 * 1024 * 1024,
  });
  expect(status).toBe(0);
  return JSON.parse(stdout) as Bom;
};

it("npm run sbom lists what a release installs, and nothing that only developers need", () => {
  const { dependencies, devDependencies } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
    readonly dependencies: Readonly<Record<string, string>>;
    readonly devDependencies: Readonly<Record<string, string>>;
  };
  const shipped = run();
  expect([shipped.bomFormat, shipped.metadata.component.name]).toEqual(["CycloneDX", "token-broker"]);
  const purls = new Set(shipped.components.map(({ purl }) => decodeURIComponent(purl)));
  for (const [name, version] of Object.entries(dependencies))
    expect(purls).toContain(`pkg:npm/${name}@${version}`);
  expect(
    Object.keys(devDependencies).filter((name) =>
      shipped.components.some((one) => one.purl.startsWith(`pkg:npm/${name}@`)),
    ),
  ).toEqual([]);
  expect(run("--all").components.length).toBeGreaterThan(shipped.components.length);
});

it("npm run audit ends well, or says which advisories that ship are open", () => {
  const { stdout, status } = spawnSync(
    process.execPath,
    [join(ROOT, "scripts/audit/main.ts"), "--registry=http://127.0.0.1:1", "--fetch-retries=0"],
    {
      cwd: ROOT,
      encoding: "utf8",
    },
  );
  expect(stdout).toMatch(/^not checked: /);
  expect(status).toBe(0);
});
