import type { SecureVersion } from "node:tls";
import type { ProviderClock } from "./clock.ts";
import type { LogEntry } from "./log/log-entry.ts";
import type { VendorSettings } from "./settings.ts";
import type { Vendor } from "./vendor.ts";

export interface MockProviderOptions {
  /** Default: a free port. */
  readonly port?: number | undefined;
  /** Path prefix → settings; "" is the vendor at the root. Default: one, `acme`. */
  readonly vendors?: Readonly<Record<string, Partial<VendorSettings>>> | undefined;
  /** Of every probability. Default: drawn, and to be read from `seed`. */
  readonly seed?: number | undefined;
  /** The log's file, appended to. Default: none. */
  readonly logFile?: string | undefined;
  /** Keeps the log's entries in memory. Default true; false for runs of hours, where the file tells it. */
  readonly keepsLog?: boolean | undefined;
  /** Keeps every request with headers and body for `vendor.requests`. Default false. */
  readonly keepsRequests?: boolean | undefined;
  /** What time it is, in milliseconds since the epoch. Default: the machine's clock. */
  readonly now?: (() => number) | undefined;
  /** Serves https with this certificate. */
  readonly tls?:
    | {
        readonly key: string;
        readonly cert: string;
        readonly maxVersion?: SecureVersion;
        readonly minVersion?: SecureVersion;
        readonly ciphers?: string;
      }
    | undefined;
}

export interface MockProvider extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly seed: number;
  readonly clock: ProviderClock;
  readonly vendors: ReadonlyMap<string, Vendor>;
  /** Throws for a name that is not served. */
  vendor(name: string): Vendor;
  /** One vendor more. */
  addVendor(name: string, settings?: Partial<VendorSettings>): Vendor;
  /** What has ended so far, oldest first. */
  readonly log: readonly LogEntry[];
  readonly logFile: string | undefined;
  /** Resolves when no request is under way: the log is then complete. */
  quiet(): Promise<void>;
  /** TCP connections accepted so far, also those that never sent a request. */
  readonly connectionCount: number;
  /** TCP connections that stand at the moment. */
  openConnections(): Promise<number>;
  /** Breaks what is under way and completes the log. */
  close(): Promise<void>;
}
