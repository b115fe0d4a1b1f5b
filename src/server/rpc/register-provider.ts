import { fromProvider } from "../convert/provider.ts";
import type { BrokerRpc } from "./rpc.ts";

export const registerProvider: BrokerRpc<"registerProvider"> =
  ({ registrations }) =>
  async (request) => ({
    provider: fromProvider(
      await registrations.register({
        namespace: request.namespace,
        replace: request.replace,
        force: request.force,
        input: {
          name: request.name,
          template: request.template,
          clientId: request.clientId,
          clientSecret: request.clientSecret,
          authorizeUrl: request.authorizeUrl,
          tokenUrl: request.tokenUrl,
          revokeUrl: request.revokeUrl,
          userinfoUrl: request.userinfoUrl,
          issuer: request.issuer,
          defaultScopes: request.defaultScopes,
          values: request.providerConfig,
          tokenEndpointAuthMethod: request.tokenEndpointAuthMethod,
          pkceRequired: request.pkceRequired,
          scopeSeparator: request.scopeSeparator,
          extraAuthorizeParams: request.extraAuthorizeParams,
          extraTokenParams: request.extraTokenParams,
        },
      }),
    ),
  });
