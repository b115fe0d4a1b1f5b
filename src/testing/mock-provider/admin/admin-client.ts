import type { Script } from "../answers/scripts.ts";
import type { Counters } from "../counters.ts";
import type { GrantView } from "../grants/grants.ts";
import { scriptToJson } from "../json/script.ts";
import { settingsToJson } from "../json/settings.ts";
import type { LogEntry } from "../log/log-entry.ts";
import { parseLog } from "../log/read-log.ts";
import type { GrantsRequest, OpenedGrant } from "../open-grants.ts";
import type { VendorSettings } from "../settings.ts";
import type { VendorUrls } from "../vendor.ts";
import { ADMIN_PREFIX } from "./admin-path.ts";

/** A vendor of a server in another process. */
export interface RemoteVendor extends VendorUrls {
  readonly name: string;
  change(settings: Partial<Omit<VendorSettings, "tokenAnswer">>): Promise<void>;
  /** Answers how to take it back. */
  script(script: Script): Promise<{ readonly id: number; remove(): Promise<void> }>;
  clearScripts(): Promise<void>;
  openGrants(request?: GrantsRequest): Promise<OpenedGrant[]>;
  grants(): Promise<RemoteGrant[]>;
  /** By id or label; throws where no such grant lives. */
  endGrant(idOrLabel: string): Promise<void>;
  endAllGrants(): Promise<void>;
  counters(): Promise<Counters>;
}

export interface RemoteGrant extends Omit<GrantView, "refreshToken"> {
  /** Of the living refresh token. */
  readonly fingerprint?: string;
}

/** Drives a mock provider that runs in another process. Every call throws with the server's words when it is refused. */
export interface AdminClient {
  readonly url: string;
  readonly port: number;
  vendor(name: string): RemoteVendor;
  /** One vendor more. */
  addVendor(name: string, settings?: Partial<Omit<VendorSettings, "tokenAnswer">>): Promise<RemoteVendor>;
  /** For `checkLog` and `compareWithStore`. */
  log(): Promise<LogEntry[]>;
  moveClock(ms: number): Promise<void>;
  /** Resolves when no request is under way: the log is then complete. */
  quiet(): Promise<void>;
}

const QUIET_POLL_MS = 20;

/** @param url of the server, such as `http://127.0.0.1:9500`. */
export const connectAdmin = (url: string): AdminClient => {
  const call = async (method: string, path: string, body?: unknown): Promise<string> => {
    const response = await fetch(`${url}${ADMIN_PREFIX}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${text.trim()}`);
    return text;
  };
  const ask = async <T>(method: string, path: string, body?: unknown): Promise<T> =>
    JSON.parse(await call(method, path, body)) as T;
  const inFlight = async (): Promise<number> => {
    const { vendors } = await ask<{ vendors: Record<string, { counters: Counters }> }>("GET", "");
    return Object.values(vendors).reduce((sum, { counters }) => sum + counters.inFlight, 0);
  };
  return {
    url,
    port: Number(new URL(url).port),
    vendor: (name) => remoteVendor(url, name, { call, ask }),
    async addVendor(name, settings = {}) {
      await call("PUT", pathOf(name), settingsToJson(settings));
      return remoteVendor(url, name, { call, ask });
    },
    log: async () => parseLog(await call("GET", "/log")),
    moveClock: async (moveMs) => void (await call("POST", "/clock", { moveMs })),
    async quiet() {
      while ((await inFlight()) > 0) await new Promise((resolve) => setTimeout(resolve, QUIET_POLL_MS));
    },
  };
};

interface Calls {
  readonly call: (method: string, path: string, body?: unknown) => Promise<string>;
  readonly ask: <T>(method: string, path: string, body?: unknown) => Promise<T>;
}

const pathOf = (name: string): string => `/vendors/${name === "" ? "@root" : name}`;

const remoteVendor = (url: string, name: string, { call, ask }: Calls): RemoteVendor => {
  const path = pathOf(name);
  const base = name === "" ? url : `${url}/${name}`;
  return {
    name,
    url: base,
    authorizeUrl: `${base}/authorize`,
    tokenUrl: `${base}/token`,
    revokeUrl: `${base}/revoke`,
    userinfoUrl: `${base}/userinfo`,
    change: async (settings) => void (await call("PATCH", path, settingsToJson(settings))),
    async script(script) {
      const { id } = await ask<{ id: number }>("POST", `${path}/scripts`, scriptToJson(script));
      return { id, remove: async () => void (await call("DELETE", `${path}/scripts/${id}`)) };
    },
    clearScripts: async () => void (await call("DELETE", `${path}/scripts`)),
    openGrants: (request = {}) => ask<OpenedGrant[]>("POST", `${path}/grants`, request),
    grants: () => ask<RemoteGrant[]>("GET", `${path}/grants`),
    endGrant: async (id) => void (await call("DELETE", `${path}/grants/${encodeURIComponent(id)}`)),
    endAllGrants: async () => void (await call("DELETE", `${path}/grants`)),
    counters: async () => (await ask<{ counters: Counters }>("GET", path)).counters,
  };
};
