import { readFileSync } from "node:fs";
import { z } from "zod";

const manifest = z.object({ version: z.string() });

/** Of the package, which lies two folders up from here in the sources and in what is published. */
export const packageVersion = (): string => {
  const path = new URL("../../package.json", import.meta.url);
  return manifest.parse(JSON.parse(readFileSync(path, "utf8"))).version;
};
