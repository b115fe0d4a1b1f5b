import type { RequestListener } from "node:http";
import { type Admin, isAdminPath } from "./admin/admin.ts";
import { serveRequest, type ServingOptions } from "./serve-request.ts";
import type { Vendors } from "./vendors.ts";

export interface Listener {
  readonly handle: RequestListener;
  /** Resolves when no request of a vendor is under way. */
  readonly quiet: () => Promise<void>;
}

/** Leads each request to the vendor of its path, or to the admin API. */
export const createListener = (vendors: Vendors, options: ServingOptions, admin: Admin): Listener => {
  const inFlight = new Set<Promise<void>>();
  return {
    handle(message, response) {
      const url = URL.parse(message.url ?? "/", "http://provider.test");
      if (url === null) return void response.writeHead(400).end();
      if (isAdminPath(url.pathname)) return void admin(message, response, url);
      const vendor = vendors.at(url.pathname);
      if (vendor === undefined) return void response.writeHead(404).end();
      const serve = serveRequest(options, vendor, { message, response, url })
        .catch(() => void response.destroy())
        .finally(() => inFlight.delete(serve));
      inFlight.add(serve);
    },
    quiet: async () => {
      while (inFlight.size > 0) await Promise.all(inFlight);
    },
  };
};
