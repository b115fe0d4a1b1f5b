import type { VendorSettings } from "./settings.ts";
import { createVendor, type ServedVendor, type VendorOptions } from "./vendor.ts";

const VENDOR_NAME = /^([a-z0-9][a-z0-9_-]{0,62})?$/;

/** The vendors of one server, by path prefix. */
export interface Vendors {
  readonly all: ReadonlyMap<string, ServedVendor>;
  add(name: string, settings?: Partial<VendorSettings>): ServedVendor;
  get(name: string): ServedVendor;
  /** Whose path it is: the first segment's, else the one at the root. */
  at(path: string): ServedVendor | undefined;
}

export const createVendors = (
  shared: Omit<VendorOptions, "name" | "settings" | "grantIdPrefix">,
  run: string,
): Vendors => {
  const all = new Map<string, ServedVendor>();
  return {
    all,
    add(name, settings = {}) {
      if (!VENDOR_NAME.test(name))
        throw new Error(`vendor "${name}": use lower-case letters, digits, - and _, at most 63, or nothing`);
      if (all.has(name)) throw new Error(`vendor "${name}" is served already: change its settings`);
      const grantIdPrefix = `${name === "" ? "" : `${name}-`}${run}-`;
      const vendor = createVendor({ ...shared, name, settings, grantIdPrefix });
      all.set(name, vendor);
      return vendor;
    },
    get(name) {
      const vendor = all.get(name);
      if (vendor) return vendor;
      throw new Error(`vendor "${name}" is not served: ${[...all.keys()].join(", ")}`);
    },
    at: (path) => all.get(path.split("/", 2)[1] ?? "") ?? all.get(""),
  };
};
