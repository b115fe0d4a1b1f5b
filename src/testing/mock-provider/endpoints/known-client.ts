import type { PresentedClient } from "../request.ts";
import type { VendorSettings } from "../settings.ts";

export const isClient = ({ clients }: VendorSettings, { clientId, clientSecret }: PresentedClient): boolean =>
  Object.hasOwn(clients, clientId) && clients[clientId] === clientSecret;
