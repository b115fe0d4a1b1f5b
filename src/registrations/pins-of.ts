import type { Endpoints } from "../catalog/index.ts";
import type { Registration } from "../config/index.ts";
import type { Pins } from "../store/index.ts";

/** What a grant keeps of the provider that its tokens come from. */
export const pinsOf = (
  registration: Pick<Registration, "id" | "clientId">,
  endpoints: Endpoints,
  providerConfig: Readonly<Record<string, string>>,
): Pins => ({
  registrationId: registration.id,
  clientId: registration.clientId,
  tokenUrl: endpoints.tokenUrl,
  revokeUrl: endpoints.revokeUrl,
  issuer: endpoints.issuer?.value ?? "",
  resource: "",
  providerConfig,
});
