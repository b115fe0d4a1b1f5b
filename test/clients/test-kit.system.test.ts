/** The test kit as a command, for those who have no TypeScript. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { expect, it } from "vitest";
import { recordOutput } from "../support/canaries.ts";
import { connectControl } from "./control-client.ts";

const start = (...options: string[]) => {
  const child = spawn(process.execPath, ["src/main.ts", "test-kit", "--with-stdin", ...options], {
    stdio: ["pipe", "pipe", "pipe"],
  });
  let complaint = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    recordOutput("test-kit command", text);
    complaint += text;
  });
  return { child, exited: once(child, "exit"), complaint: () => complaint };
};

it("prints where everything is, is driven by its control API, and ends with its input", async () => {
  const seed = JSON.stringify({ connections: [{ userId: "ada" }] });
  const { child, exited } = start("--tls", "--seed", seed);
  const [line] = (await once(createInterface(child.stdout), "line")) as [string];
  const told = JSON.parse(line) as { controlUrl: string; tls: object; connections: { userId: string }[] };
  expect(told.connections).toMatchObject([{ userId: "ada", provider: "acme", namespace: "default" }]);
  expect(Object.keys(told.tls)).toEqual(["url", "ca", "clientCertificate", "clientKey"]);
  const control = await connectControl(told.controlUrl);
  expect({ ...control.kit, controlUrl: told.controlUrl }).toEqual(told);
  expect(await control.get("/counts")).toEqual({ calls: {}, watches: 0, refreshes: 0, requests: 0 });
  await expect(control.post("/connections/nobody/rotate")).rejects.toThrow("was seeded");
  await expect(control.post("/connections", { user: "ada" })).rejects.toThrow("Unrecognized key");
  await expect(control.get("/nowhere")).rejects.toThrow("there is no GET /nowhere");
  const page = await fetch(told.controlUrl, { headers: { origin: "http://page.example" } });
  expect(page.status).toBe(403);
  child.stdin.end();
  expect(await exited).toEqual([0, null]);
});

it("says what is wrong with its options", async () => {
  const { exited, complaint } = start("--seed", "{");
  expect(await exited).toEqual([1, null]);
  expect(complaint()).toBe("token-broker: --seed: no JSON\n");
});
