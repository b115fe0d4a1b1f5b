import { describeScript } from "../answers/scripts.ts";
import { readClockRequest, readGrantsRequest, readStoredTokens } from "../json/admin-requests.ts";
import { FormError } from "../json/form.ts";
import { readScript } from "../json/script.ts";
import { readSettings, settingsToJson } from "../json/settings.ts";
import { checkLog, type LogReport } from "../log/check-log.ts";
import { compareWithStore } from "../log/compare-with-store.ts";
import { fingerprint } from "../log/fingerprint.ts";
import type { MockProvider } from "../mock-provider.ts";
import { openGrants } from "../open-grants.ts";
import type { Vendor } from "../vendor.ts";

export interface AdminRequest {
  readonly provider: MockProvider;
  /** Of the path; throws for a name that is not served. */
  readonly vendor: () => Vendor;
  readonly name: string;
  readonly id: string;
  /** Parsed; `{}` without one. */
  readonly body: unknown;
  readonly query: URLSearchParams;
}

/** What to answer as JSON. `NOT_FOUND` = 404; a text = NDJSON. */
export type AdminAnswer = (request: AdminRequest) => unknown;

export const NOT_FOUND = Symbol("not found");

const overview: AdminAnswer = ({ provider }) => ({
  url: provider.url,
  seed: provider.seed,
  logFile: provider.logFile,
  clock: clockOf(provider),
  connections: provider.connectionCount,
  vendors: Object.fromEntries(
    [...provider.vendors.values()].map((vendor) => [vendor.name, vendorView(vendor)]),
  ),
});

const vendorView = (vendor: Vendor) => {
  const { authorizeUrl, tokenUrl, revokeUrl, userinfoUrl, settings, counters } = vendor;
  const { clients, tokenAnswer: _, ...rest } = settings;
  return {
    authorizeUrl,
    tokenUrl,
    revokeUrl,
    userinfoUrl,
    clients: Object.keys(clients),
    settings: settingsToJson(rest),
    counters,
    grants: vendor.grants.size,
    scripts: vendor.scripts.list().map(({ id, used, script }) => ({ id, used, ...describeScript(script) })),
  };
};

const clockOf = ({ clock }: MockProvider) => ({ nowMs: clock.now(), offsetMs: clock.offsetMs });

const moveClock: AdminAnswer = ({ provider, body }) => {
  const request = readClockRequest(body);
  const { clock } = provider;
  clock.move("moveMs" in request ? request.moveMs : request.offsetMs - clock.offsetMs);
  return clockOf(provider);
};

const log: AdminAnswer = ({ provider, query }) => {
  const after = Number(query.get("after") ?? 0);
  if (Number.isNaN(after)) throw new FormError("after: the seq of an entry, a number");
  const entries = provider.log.filter(({ seq }) => seq > after);
  return entries.map((entry) => `${JSON.stringify(entry)}\n`).join("");
};

const check: AdminAnswer = ({ provider, query }) => {
  const grants = query.get("grants")?.split(",");
  const sinceUs = Number(query.get("sinceUs") ?? 0);
  try {
    return reportAsJson(checkLog(provider.log, { grants, sinceUs }));
  } catch (error) {
    throw new FormError(`grants: ${(error as Error).message}`);
  }
};

const reportAsJson = (report: LogReport) => ({
  ...report,
  perGrantCounts: Object.fromEntries(report.perGrantCounts),
});

const grantViews: AdminAnswer = ({ vendor }) =>
  vendor()
    .grants.views()
    .map(({ refreshToken, ...view }) => ({
      ...view,
      ...(refreshToken === undefined ? {} : { fingerprint: fingerprint(refreshToken) }),
    }));

const addVendor: AdminAnswer = ({ provider, name, body }) => {
  const settings = readSettings(body);
  try {
    return vendorView(provider.addVendor(name, settings));
  } catch (error) {
    throw new FormError((error as Error).message);
  }
};

const changeVendor: AdminAnswer = ({ vendor, body }) => {
  vendor().change(readSettings(body));
  return vendorView(vendor());
};

const endAll: AdminAnswer = ({ vendor }) => {
  vendor().grants.revokeAll();
  return {};
};

const clearScripts: AdminAnswer = ({ vendor }) => {
  vendor().scripts.clear();
  return {};
};

/** `:vendor` is the path prefix, `@root` the vendor without one. */
export const ROUTES: Readonly<Record<string, AdminAnswer>> = {
  "GET ": overview,
  "GET /clock": ({ provider }) => clockOf(provider),
  "POST /clock": moveClock,
  "GET /log": log,
  "GET /check": check,
  "POST /compare": ({ provider, body }) => compareWithStore(provider.log, readStoredTokens(body)),
  "GET /vendors/:vendor": ({ vendor }) => vendorView(vendor()),
  "PUT /vendors/:vendor": addVendor,
  "PATCH /vendors/:vendor": changeVendor,
  "POST /vendors/:vendor/scripts": ({ vendor, body }) => ({ id: vendor().script(readScript(body)).id }),
  "DELETE /vendors/:vendor/scripts": clearScripts,
  "DELETE /vendors/:vendor/scripts/:id": ({ vendor, id }) =>
    vendor().scripts.remove(Number(id)) ? {} : NOT_FOUND,
  "GET /vendors/:vendor/grants": grantViews,
  "POST /vendors/:vendor/grants": ({ vendor, body }) => openGrants(vendor(), readGrantsRequest(body)),
  "DELETE /vendors/:vendor/grants": endAll,
  "DELETE /vendors/:vendor/grants/:id": ({ vendor, id }) => (vendor().grants.end(id) ? {} : NOT_FOUND),
};
