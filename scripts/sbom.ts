/**
 * Prints what a release of the product is made of, as CycloneDX JSON, from the lock file: `npm run -s sbom > sbom.json`. `--all` adds what only its
 * development needs.
 */
import { spawnSync } from "node:child_process";
import { readLockFile, shippedPackages } from "./shipped-packages.ts";

interface Component {
  readonly "bom-ref": string;
  name: string;
}

interface Bom {
  readonly metadata: { readonly component: Component };
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

const { status, stdout, error } = spawnSync(
  "npm",
  ["sbom", "--sbom-format", "cyclonedx", "--package-lock-only"],
  {
    encoding: "utf8",
    maxBuffer: 256 * 1024 * 1024,
    stdio: ["ignore", "pipe", "inherit"],
  },
);
if (error !== undefined || status !== 0) {
  console.error("npm sbom failed: it needs npm 10 or later and package-lock.json");
  process.exitCode = 1;
} else {
  const bom = withName(JSON.parse(stdout) as Bom);
  const answer = process.argv.includes("--all") ? bom : shippedOf(bom);
  process.stdout.write(`${JSON.stringify(answer, undefined, 2)}\n`);
}

/** npm names the product after the directory that it lies in. */
function withName(bom: Bom): Bom {
  const { component } = bom.metadata;
  component.name = component["bom-ref"].replace(/@[^@]*$/, "");
  return bom;
}

function shippedOf(bom: Bom): Bom {
  const shipped = shippedPackages(readLockFile());
  const components = bom.components.filter((component) => shipped.has(component["bom-ref"]));
  const refs = new Set([bom.metadata.component, ...components].map((component) => component["bom-ref"]));
  const dependencies = bom.dependencies
    .filter(({ ref }) => refs.has(ref))
    .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((other) => refs.has(other)) }));
  return { ...bom, components, dependencies };
}
