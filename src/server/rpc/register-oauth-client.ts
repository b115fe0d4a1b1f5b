import { Secret } from "../../config/index.ts";
import { fromOAuthClient } from "../convert/oauth-client.ts";
import { toDate } from "../convert/timestamp.ts";
import type { AdminRpc } from "./rpc.ts";

export const registerOAuthClient: AdminRpc<"registerOAuthClient"> =
  ({ oauthClients }) =>
  async (request) => ({
    client: fromOAuthClient(
      await oauthClients.register({
        namespace: request.namespace,
        issuer: request.issuer,
        clientId: request.clientId,
        clientSecret: secretOf(request.clientSecret),
        privateKey: secretOf(request.privateKey),
        tokenEndpointAuthMethod: request.tokenEndpointAuthMethod,
        signingAlgorithm: request.signingAlgorithm,
        keyId: request.keyId,
        grantTypes: request.grantTypes,
        secretExpiresAt: toDate("client_secret_expires_at", request.clientSecretExpiresAt),
        replace: request.replace,
      }),
    ),
  });

const secretOf = (text: string): Secret | undefined => (text === "" ? undefined : new Secret(text));
