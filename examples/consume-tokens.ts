/** A service that consumes tokens, and its test: takes a token, uses it, survives a rotation and a 401, and has a person authorize again. */
import { deepEqual, equal, ok } from "node:assert/strict";
import {
  apiKey,
  AuthorizationRequiredError,
  createTokenBroker,
  type TokenSource,
  withToken,
} from "token-broker/client";
import { createNodeTransport } from "token-broker/client/node";
import { startTestKit } from "token-broker/testing";

// In a test the broker is the kit's. In production: its address, and the key or the certificate that your service has.
await using kit = await startTestKit();
using transport = createNodeTransport({ baseUrl: kit.brokerUrl, credentials: apiKey(kit.apiKey) });
using broker = createTokenBroker({ transport });

// The connection is one that a person made: your application knows its ids.
const connection = await kit.connections.seed({ userId: "ada", scopes: ["read"] });
const source = broker.tokenSource(connection);

// A token, and the same from memory.
const token = await source.token();
deepEqual(token.scopes, ["read"]);
equal((await source.token()).version, token.version);
equal(kit.counts().calls["GetToken"], 1);
console.log(`a token: version ${token.version}`);

// The provider's API with it. A path is below the provider's API; a token goes nowhere else.
const acme = withToken(fetch, source);
equal((await acme("/me")).status, 200);

// The API refuses the token: the client tells the broker and tries once more with another one.
kit.resource.answer({ status: 401 });
equal((await acme("/items", { method: "POST", body: "{}" })).status, 200);
ok((await source.token()).version > token.version);
console.log("a 401 is mended by another token");

// The person withdraws consent. Whoever needs the token learns that a person must act, and where.
await kit.connections.kill(connection.connectionId);
const error = await deadEnd(source);
equal(error.reason, "REAUTHORIZATION_REQUIRED");
const { authorizeUrl } = await error.reconnectLink();
await kit.visit(authorizeUrl);
await until(async () => (await acme("/me")).status === 200);
console.log("a dead grant offers the link, and the token is back");

async function deadEnd(of: TokenSource): Promise<AuthorizationRequiredError> {
  for (;;) {
    // The stream of the broker tells it within a moment; until then the token in memory is served.
    const thrown: unknown = await of.token().catch((reason: unknown) => reason);
    if (thrown instanceof AuthorizationRequiredError) return thrown;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds().catch(() => false))) await new Promise((resolve) => setTimeout(resolve, 50));
}
