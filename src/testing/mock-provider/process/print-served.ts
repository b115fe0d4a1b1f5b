import { brokerEnvironment } from "../broker-environment.ts";
import type { MockProvider } from "../mock-provider.ts";
import type { Vendor } from "../vendor.ts";

/** What is served, how a broker is told of it, and what to try. The first line is for programs, too. */
export const printServed = (provider: MockProvider): void => {
  const vendors = [...provider.vendors.values()];
  const declaration = Object.entries(brokerEnvironment(provider)).map(([name, value]) => `${name}=${value}`);
  const [first] = vendors;
  const text = [
    `mock provider on ${provider.url} (seed ${provider.seed})\n`,
    section("Vendors", vendors.map(vendorLine)),
    section("Log", provider.logFile === undefined ? [] : [provider.logFile]),
    section("For the broker", declaration),
    section("Try", first === undefined ? [] : examples(provider, first)),
  ];
  process.stdout.write(text.join(""));
};

const section = (title: string, lines: readonly string[]): string =>
  lines.length === 0 ? "" : `\n${title}\n${lines.map((line) => `  ${line}\n`).join("")}`;

const vendorLine = ({ name, url, settings }: Vendor): string => {
  const { rotation, graceMs, revokeFamilyOnReuse, expiresInSeconds } = settings;
  const rules = [
    rotation ? `rotates, grace ${graceMs} ms` : "does not rotate",
    revokeFamilyOnReuse ? "reuse ends the grant" : "reuse is refused",
    expiresInSeconds === undefined ? "no expires_in" : `tokens of ${expiresInSeconds} s`,
    `clients ${Object.keys(settings.clients).join(", ")}`,
  ];
  return `${name === "" ? "(root)" : name}: ${url} (${rules.join("; ")})`;
};

const examples = ({ url }: MockProvider, { name }: Vendor): string[] => {
  const admin = `${url}/__admin`;
  const vendor = `${admin}/vendors/${name === "" ? "@root" : name}`;
  return [
    `curl ${admin}`,
    `curl -X PATCH ${vendor} --json '{"revokeFamilyOnReuse": true, "expiresInSeconds": 5}'`,
    `curl ${vendor}/scripts --json '{"times": 3, "answer": {"status": 503, "headers": {"retry-after": "2"}}}'`,
    `curl ${vendor}/scripts --json '{"share": 0.1, "times": null, "answer": {"fault": "reset", "afterProcessing": true}}'`,
    `curl ${vendor}/grants --json '{"count": 3, "scopes": ["read"]}'`,
    `curl ${admin}/clock --json '{"moveMs": 60000}'`,
    `curl ${admin}/log`,
    `curl ${admin}/check`,
  ];
};
