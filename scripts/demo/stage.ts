/** What the demo plays on: a real authorization server and the broker, each as it would run elsewhere. */
import { type BrokerProcess, startBrokerProcess } from "../../test/support/broker-process.ts";
import { freePort } from "../../test/support/free-port.ts";
import { type AuthorizationServer, startAuthorizationServer } from "../../test/support/oidc.ts";

/** Short enough to see a refresh while watching. */
export const TOKEN_LIFETIME_SECONDS = 20;

/** The broker's usual ports where they are free, so that the commands the demo prints look as they would elsewhere. */
const PREFERRED_PORTS = { rpc: 8080, callback: 8081, telemetry: 9464, authorizationServer: 9000 };

export interface Stage extends AsyncDisposable {
  server: AuthorizationServer;
  broker: BrokerProcess;
  /** All that the broker was told about the authorization server. */
  declaration: Record<string, string>;
}

export async function setStage(): Promise<Stage> {
  const resources = new AsyncDisposableStack();
  try {
    const callbackPort = await freePort(PREFERRED_PORTS.callback);
    const server = resources.use(
      await startAuthorizationServer({
        port: await freePort(PREFERRED_PORTS.authorizationServer),
        redirectUris: [`http://localhost:${callbackPort}/connect/callback/demo`],
        accessTokenTtlSeconds: TOKEN_LIFETIME_SECONDS,
      }),
    );
    const declaration = declarationOf(server);
    const broker = resources.use(
      await startBrokerProcess({
        env: {
          ...declaration,
          BROKER_RPC_ADDR: `127.0.0.1:${await freePort(PREFERRED_PORTS.rpc)}`,
          BROKER_HTTP_ADDR: `127.0.0.1:${callbackPort}`,
          BROKER_TELEMETRY_ADDR: `127.0.0.1:${await freePort(PREFERRED_PORTS.telemetry)}`,
        },
      }),
    );
    return { server, broker, declaration, [Symbol.asyncDispose]: () => resources.disposeAsync() };
  } catch (error) {
    await resources.disposeAsync();
    throw error;
  }
}

function declarationOf(server: AuthorizationServer): Record<string, string> {
  return {
    CONNECT_PROVIDERS: "demo",
    CONNECT_DEMO_CLIENT_ID: server.clientId,
    CONNECT_DEMO_CLIENT_SECRET: server.clientSecret,
    CONNECT_DEMO_AUTHORIZE_URL: server.authorizeUrl,
    CONNECT_DEMO_TOKEN_URL: server.tokenUrl,
    CONNECT_DEMO_REVOKE_URL: server.revokeUrl,
    CONNECT_DEMO_SCOPES: "openid profile calendar.read",
    BROKER_ALLOW_INSECURE_LOOPBACK: server.host,
  };
}
