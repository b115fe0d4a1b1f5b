import {
  createScripts,
  describeScript,
  type Script,
  type ScriptHandle,
  type Scripts,
} from "./answers/scripts.ts";
import type { ProviderClock } from "./clock.ts";
import { instant } from "./clock.ts";
import { type Counters, createCounters } from "./counters.ts";
import type { EndpointContext } from "./endpoints/deed.ts";
import { createLimiter } from "./endpoints/rate-limit.ts";
import { createGrants, type Grants } from "./grants/grants.ts";
import { fingerprint } from "./log/fingerprint.ts";
import type { ProviderLog } from "./log/log.ts";
import { createRandom } from "./random.ts";
import type { ProviderRequest } from "./request.ts";
import { defaultSettings, type VendorSettings } from "./settings.ts";

export interface VendorUrls {
  readonly url: string;
  readonly authorizeUrl: string;
  readonly tokenUrl: string;
  readonly revokeUrl: string;
  readonly userinfoUrl: string;
}

/** One authorization server among those of the process. Nothing is shared with another but the clock and the log. */
export interface Vendor extends VendorUrls {
  /** Its path prefix; "" stands at the root. */
  readonly name: string;
  readonly settings: VendorSettings;
  readonly grants: Grants;
  readonly counters: Counters;
  /** Every request in order of arrival, where the server keeps them; entries are filled in as they end. */
  readonly requests: readonly ProviderRequest[];
  /** Says what requests of a kind are answered with, instead of what the vendor's rules say. */
  script(script: Script): ScriptHandle;
  readonly scripts: Pick<Scripts, "list" | "remove" | "clear">;
  /** Changes settings, with an entry in the log. */
  change(settings: Partial<VendorSettings>): void;
}

/** What the server needs of a vendor besides. */
export interface ServedVendor extends Vendor {
  readonly context: EndpointContext;
  readonly requests: ProviderRequest[];
  readonly take: Scripts["take"];
}

export interface VendorOptions {
  readonly name: string;
  readonly settings: Partial<VendorSettings>;
  readonly clock: ProviderClock;
  readonly log: ProviderLog;
  readonly seed: number;
  readonly grantIdPrefix: string;
  /** Of the server; known when it listens. */
  readonly origin: () => string;
}

export const createVendor = (options: VendorOptions): ServedVendor => {
  const { name, clock, log, seed } = options;
  const settings: VendorSettings = { ...defaultSettings, ...options.settings };
  const grants = createLoggedGrants(options, settings);
  const scripts = createScripts(clock.now, createRandom(seed, `${name}:scripts`));
  const note = (what: string, detail?: Record<string, unknown>): void => {
    const { monotonicUs: atUs, wallUs: atWallUs } = instant();
    log.append({ kind: "control", vendor: name, what, detail, atUs, atWallUs });
  };
  const url = (path = ""): string => `${options.origin()}${name === "" ? "" : `/${name}`}${path}`;
  return {
    name,
    get url() {
      return url();
    },
    get authorizeUrl() {
      return url("/authorize");
    },
    get tokenUrl() {
      return url("/token");
    },
    get revokeUrl() {
      return url("/revoke");
    },
    get userinfoUrl() {
      return url("/userinfo");
    },
    settings,
    grants,
    counters: createCounters(),
    requests: [],
    script(script) {
      const handle = scripts.add(script);
      note("script", describeScript(script));
      return handle;
    },
    scripts: {
      list: () => scripts.list(),
      remove: (id) => scripts.remove(id),
      clear() {
        scripts.clear();
        note("scripts cleared");
      },
    },
    change(changes) {
      Object.assign(settings, changes);
      note("settings", withoutSecrets(changes));
    },
    context: {
      settings,
      grants,
      admit: createLimiter(clock.now),
      random: createRandom(seed, `${name}:delays`),
    },
    take: (subject) => scripts.take(subject),
  };
};

const createLoggedGrants = (
  { name: vendor, clock, log, grantIdPrefix }: VendorOptions,
  rules: VendorSettings,
): Grants =>
  createGrants({
    rules,
    now: clock.now,
    idPrefix: grantIdPrefix,
    onOpened({ grantId, label, clientId, subject, refreshToken }) {
      const issued = refreshToken === undefined ? undefined : fingerprint(refreshToken);
      const atUs = instant().monotonicUs;
      log.append({ kind: "grant", vendor, grantId, label, clientId, subject, issued, atUs });
    },
    onEnded({ grantId, label, generation, ended: reason = "withdrawn" }) {
      log.append({ kind: "end", vendor, grantId, label, generation, reason, atUs: instant().monotonicUs });
    },
  });

const withoutSecrets = ({ clients, ...changes }: Partial<VendorSettings>): Record<string, unknown> => ({
  ...changes,
  ...(clients === undefined ? {} : { clients: Object.keys(clients) }),
});
