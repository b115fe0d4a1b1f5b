/** `npm run clients:test [-- go python java]`: the clients in other languages against a real broker. Ends with 1 if anything failed. */
import { type Language, LANGUAGES } from "../toolchains/index.ts";
import { type LanguageReport, testClients } from "./test-clients.ts";

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(LANGUAGES as string[]).includes(name));
if (unknown.length > 0) throw new Error(`${unknown.join(", ")}: name some of ${LANGUAGES.join(", ")}`);

const reports = await testClients(asked.length > 0 ? (asked as Language[]) : LANGUAGES);
const all = reports.flatMap(({ checks }) => checks);
for (const report of reports) tell(report);
const leftOut = reports.flatMap((report) => report.leftOut.map((why) => `${report.language}: ${why}`));
for (const line of leftOut) console.warn(`!!! LEFT OUT: ${line}`);
const failed = all.filter(({ problem }) => problem !== undefined).length;
console.log(`${all.length - failed} passed, ${failed} failed, ${leftOut.length} skipped`);
process.exitCode = failed > 0 ? 1 : 0;

function tell({ language, checks }: LanguageReport): void {
  for (const { name, problem, output, seconds } of checks) {
    console.log(
      `${problem === undefined ? "ok    " : "FAILED"} ${language}: ${name} (${seconds.toFixed(1)} s)`,
    );
    if (problem !== undefined) console.log(`${problem}:\n${output}`);
  }
}
