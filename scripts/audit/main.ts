/**
 * Asks the registry for advisories about every package of the lock file, and says of each what it is, whether it ships and what to do. Ends with 1 while one
 * that ships is not assessed (assessments.ts); with 0, and the words "not checked", where the registry cannot be asked.
 */
import { spawnSync } from "node:child_process";
import { readLockFile } from "../shipped-packages.ts";
import { assessments } from "./assessments.ts";
import { auditReport } from "./report.ts";

const given = process.argv.slice(2);

const { stdout } = spawnSync("npm", ["audit", "--json", "--package-lock-only", ...given], {
  encoding: "utf8",
  maxBuffer: 64 * 1024 * 1024,
  stdio: ["ignore", "pipe", "ignore"],
});
const { outcome, lines } = auditReport({ answer: stdout ?? "", lock: readLockFile(), assessments });
console.log(lines.join("\n"));
process.exitCode = outcome === "findings" ? 1 : 0;
