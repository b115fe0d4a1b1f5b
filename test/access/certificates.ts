import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** A file of the folder that `create.sh` fills. */
export const certificatePath = (name: string): string =>
  join(import.meta.dirname, "certificates", `${name}.pem`);

export const pemOf = (name: string): string => readFileSync(certificatePath(name), "utf8");

export const certificate = (name: string): X509Certificate => new X509Certificate(pemOf(name));
