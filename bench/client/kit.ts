/** The broker that the bench calls, in a process of its own: the test kit on whatever database the environment names, without its faults. */
import { describeKit, startTestKit } from "../../src/testing/index.ts";

const url = process.env["BENCH_DATABASE_URL"];
await using kit = await startTestKit({ env: url === undefined ? {} : { BROKER_DATABASE_URL: url } });
process.stdout.write(`${JSON.stringify({ controlUrl: kit.controlUrl, ...describeKit(kit) })}\n`);
await new Promise((resolve) => process.stdin.resume().once("end", resolve));
