/**
 * What an operator does before a session: registers the clients that the scenario hands out, and says how sessions come to a token where
 * no person is asked.
 */
import { AcquireGrant } from "../../../../gen/ts/tokenbroker/v1/mcp_pb.ts";
import type { Broker } from "./broker.ts";
import type { AdapterEnvironment } from "./environment.ts";
import { byBrowser, type Obtain } from "./tokens.ts";

const CLIENT_CREDENTIALS = "client_credentials";
const JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange";

type Client = Parameters<Broker["admin"]["registerOAuthClient"]>[0];

interface Operator {
  readonly broker: Broker;
  readonly context: AdapterEnvironment["context"];
  readonly register: (client: Client) => Promise<unknown>;
  /** An operator who knows only the MCP server asks the broker which authorization server it trusts. */
  readonly issuer: () => Promise<string>;
}

export const prepare = async (
  broker: Broker,
  { scenario, context, namespace, mcpServerUrl }: AdapterEnvironment,
): Promise<Obtain> => {
  const prepareScenario = SCENARIOS[scenario] ?? (async () => byBrowser(broker));
  return prepareScenario({
    broker,
    context,
    register: (client) => broker.admin.registerOAuthClient({ ...client, namespace }),
    issuer: async () => (await broker.rpc.checkMcpServer({ namespace, mcpServerUrl })).issuer,
  });
};

/** Every other scenario needs no operator. */
const SCENARIOS: Readonly<Record<string, (operator: Operator) => Promise<Obtain>>> = {
  "auth/pre-registration": async ({ broker, context, register }) => {
    const { issuer = "", client_id: clientId = "", client_secret: clientSecret = "" } = context;
    await register({ issuer, clientId, clientSecret });
    return byBrowser(broker);
  },

  "auth/client-credentials-basic": async ({ broker, context, register, issuer }) => {
    const { client_id: clientId = "", client_secret: clientSecret = "" } = context;
    await register({ issuer: await issuer(), clientId, clientSecret, grantTypes: [CLIENT_CREDENTIALS] });
    return byClientCredentials(broker);
  },

  "auth/client-credentials-jwt": async ({ broker, context, register, issuer }) => {
    await register({
      issuer: await issuer(),
      clientId: context["client_id"] ?? "",
      privateKey: context["private_key_pem"] ?? "",
      signingAlgorithm: context["signing_algorithm"] ?? "",
      tokenEndpointAuthMethod: "private_key_jwt",
      grantTypes: [CLIENT_CREDENTIALS],
    });
    return byClientCredentials(broker);
  },

  "auth/enterprise-managed-authorization": async ({ broker, context, register, issuer }) => {
    const { client_id: clientId = "", client_secret: clientSecret = "" } = context;
    const { idp_issuer: identityProvider = "", idp_id_token: subjectToken = "" } = context;
    await register({ issuer: await issuer(), clientId, clientSecret, grantTypes: [JWT_BEARER] });
    await register({
      issuer: identityProvider,
      clientId: context["idp_client_id"] ?? "",
      tokenEndpointAuthMethod: "none",
      grantTypes: [TOKEN_EXCHANGE],
    });
    return async (grant, challenge) => {
      const what = { grant: AcquireGrant.ENTERPRISE_MANAGED, subjectToken, identityProvider };
      await broker.rpc.acquireToken({ ...grant, ...challenge, ...what });
    };
  },
};

const byClientCredentials =
  ({ rpc }: Broker): Obtain =>
  async (grant, challenge) => {
    await rpc.acquireToken({ ...grant, ...challenge, grant: AcquireGrant.CLIENT_CREDENTIALS });
  };
