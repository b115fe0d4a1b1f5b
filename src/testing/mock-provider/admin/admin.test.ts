import { expect, it } from "vitest";
import { checkLog, compareWithStore, fingerprint, startMockProvider, STRICT } from "../index.ts";
import { connectAdmin } from "./admin-client.ts";

const refresh = (tokenUrl: string, refreshToken: string) =>
  fetch(tokenUrl, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "refresh_token",
      refresh_token: refreshToken,
      client_id: "client",
      client_secret: "secret",
    }),
  });

const ask = async (url: string, method = "GET", body?: string) => {
  const response = await fetch(url, { method, ...(body === undefined ? {} : { body }) });
  return [response.status, await response.json()] as const;
};

it("drives a vendor from outside: settings, scripts, grants, clock, log", async () => {
  await using provider = await startMockProvider();
  const admin = connectAdmin(provider.url);
  const vendor = admin.vendor("acme");
  await vendor.change({
    ...STRICT,
    expiresInSeconds: undefined,
    clients: { client: "secret", public: undefined },
  });
  expect(provider.vendor("acme").settings).toMatchObject({
    revokeFamilyOnReuse: true,
    expiresInSeconds: undefined,
    clients: { client: "secret", public: undefined },
  });
  const [one, two] = await vendor.openGrants({ labels: ["c-1", "c-2"], scopes: ["read"] });
  const script = await vendor.script({
    grant: "c-1",
    times: Infinity,
    answer: { body: Buffer.from([0xff, 0]) },
  });
  const scripted = await refresh(vendor.tokenUrl, one?.refreshToken ?? "");
  expect([...(await scripted.bytes())]).toEqual([0xff, 0]);
  await script.remove();
  const answer = (await (await refresh(vendor.tokenUrl, one?.refreshToken ?? "")).json()) as {
    refresh_token: string;
  };
  expect(answer).not.toHaveProperty("expires_in");
  await admin.moveClock(3_600_000);
  expect(provider.clock.offsetMs).toBe(3_600_000);
  await vendor.endGrant("c-2");
  await expect(vendor.endGrant("c-2")).rejects.toThrow("no such id");
  await admin.quiet();
  expect(await vendor.grants()).toMatchObject([
    { label: "c-1", generation: 2, fingerprint: fingerprint(answer.refresh_token) },
    { label: "c-2", ended: "withdrawn" },
  ]);
  expect(await vendor.counters()).toMatchObject({
    requests: { token: 2 },
    verdicts: { "scripted:200": 1, issued: 1 },
  });
  const log = await admin.log();
  expect(log).toEqual(JSON.parse(JSON.stringify(provider.log)));
  expect(checkLog(log)).toMatchObject({
    refreshes: 1,
    deadFamilies: [{ label: "c-2", reason: "withdrawn" }],
  });
  const stored = [{ connectionId: "c-1", refreshToken: answer.refresh_token }];
  expect(compareWithStore(log, stored).live).toHaveLength(1);
  expect(two?.label).toBe("c-2");
});

it("adds a vendor, clears its scripts and ends its grants", async () => {
  await using provider = await startMockProvider({ vendors: { "": {} } });
  const admin = connectAdmin(provider.url);
  const added = await admin.addVendor("zeta", { clients: { client: "secret" }, answerDelayMs: 1 });
  await added.script({ answer: { status: 503 }, times: 3 });
  await added.clearScripts();
  const [grant] = await added.openGrants();
  expect((await refresh(added.tokenUrl, grant?.refreshToken ?? "")).status).toBe(200);
  await added.endAllGrants();
  expect(provider.vendor("zeta").grants.size).toBe(0);
  const root = admin.vendor("");
  expect(root.tokenUrl).toBe(`${provider.url}/token`);
  await root.change({ graceMs: 5 });
  expect(provider.vendor("").settings.graceMs).toBe(5);
});

it("shows everything but secrets, and judges the log for who has no TypeScript", async () => {
  await using provider = await startMockProvider();
  const [, overview] = await ask(`${provider.url}/__admin`);
  expect(overview).toMatchObject({
    seed: provider.seed,
    vendors: { acme: { clients: ["client"], grants: 0 } },
  });
  expect(JSON.stringify(overview)).not.toContain('"secret"');
  const [, [grant]] = (await ask(`${provider.url}/__admin/vendors/acme/grants`, "POST", '{"count": 1}')) as [
    number,
    [{ refreshToken: string; grantId: string }],
  ];
  await refresh(provider.vendor("acme").tokenUrl, grant.refreshToken);
  await provider.quiet();
  expect(await ask(`${provider.url}/__admin/check?grants=${grant.grantId}`)).toMatchObject([
    200,
    { refreshes: 1, overlaps: [], perGrantCounts: { [grant.grantId]: { refreshes: 1 } } },
  ]);
  const tokens = JSON.stringify({ tokens: [{ connectionId: "c", refreshToken: grant.refreshToken }] });
  expect(await ask(`${provider.url}/__admin/compare`, "POST", tokens)).toMatchObject([
    200,
    { lost: [{ connectionId: "c", standing: "superseded" }] },
  ]);
});

it.each([
  ["PATCH", "/vendors/acme", '{"graceSeconds": 3}', 400, 'Unrecognized key: "graceSeconds"'],
  ["PATCH", "/vendors/acme", '{"graceMs": "3"}', 400, "graceMs: "],
  ["PATCH", "/vendors/nobody", "{}", 400, '"nobody" is not served; there are acme'],
  ["PUT", "/vendors/Not%20a%20name", "{}", 400, "use lower-case letters"],
  ["POST", "/vendors/acme/scripts", '{"answer": {"status": 99}}', 400, "answer.status: "],
  ["POST", "/vendors/acme/scripts", "{}", 400, "answer: "],
  ["POST", "/vendors/acme/grants", "{no json", 400, "no JSON"],
  ["DELETE", "/vendors/acme/scripts/7", undefined, 404, "no such id"],
  ["DELETE", "/vendors/acme/grants/%E0%A4%A", undefined, 400, "not percent-encoded"],
  ["POST", "/clock", "{}", 400, "the whole: "],
  ["GET", "/log?after=x", undefined, 400, "after: "],
  ["GET", "/check?grants=nobody", undefined, 400, 'no grant "nobody"'],
  ["GET", "/nothing", undefined, 404, "no such route"],
])("%s %s with %s is answered %i", async (method, path, body, status, message) => {
  await using provider = await startMockProvider();
  const [answered, answer] = await ask(`${provider.url}/__admin${path}`, method, body);
  expect([answered, (answer as { error: string }).error]).toEqual([status, expect.stringContaining(message)]);
});
