import { randomUUID } from "node:crypto";
import { Code, type ConnectError } from "@connectrpc/connect";
import { expect, it } from "vitest";
import { ErrorInfoSchema } from "../../gen/ts/google/rpc/error_details_pb.ts";
import { canary } from "../support/canaries.ts";
import { describeEachStore } from "../support/database.ts";
import { useAcmeApp } from "./acme-app.ts";

describeEachStore("several tokens of one connection over RPC", (store) => {
  const app = useAcmeApp({ store });

  /** A grant as the callback stores one whose answer held three tokens. */
  const authorize = async () => {
    const { tokens, registrations } = app.broker.app;
    const registration = await registrations.resolve("default", "acme");
    const grant = { connectionId: randomUUID(), userId: "user-1", provider: "acme" };
    const tokenOf = (scopes: readonly string[]) => ({
      accessToken: canary("access_token"),
      tokenType: "Bearer",
      refreshToken: undefined,
      expiresInSeconds: 3600,
      refreshExpiresInSeconds: undefined,
      scopes,
      raw: "{}",
      metadata: {},
    });
    const more = [
      { ...tokenOf(["search"]), name: "user" },
      { ...tokenOf(["chat"]), name: "bot" },
    ];
    await tokens.storeAuthorizedTokens({
      grant: { namespace: "default", mcpServerUrl: "", ...grant },
      registration,
      pins: {
        registrationId: registration.id,
        clientId: registration.clientId,
        tokenUrl: app.provider.tokenUrl,
        revokeUrl: app.provider.revokeUrl,
        issuer: "",
        resource: "",
        providerConfig: {},
      },
      answer: { ...tokenOf(["read"]), more },
      receivedAtMs: performance.now(),
      requestedScopes: ["read"],
      callbackMetadata: {},
      labels: undefined,
    });
    return grant;
  };

  it("GetConnection lists their names, GetToken gives each", async () => {
    const broker = app.broker.client("grpc binary h2c");
    const grant = await authorize();
    const { connection, tokenNames } = await broker.getConnection(grant);
    expect(tokenNames).toEqual(["bot", "user"]);
    const given = await Promise.all(
      ["", ...tokenNames].map((tokenName) => broker.getToken({ ...grant, tokenName })),
    );
    expect(given.map(({ scopes }) => scopes)).toEqual([["read"], ["chat"], ["search"]]);
    expect(new Set(given.map(({ accessToken }) => accessToken)).size).toBe(3);
    expect(given[0]!.version).toBe(connection!.version);
  });

  it("a name that the provider gave no token for is NOT_FOUND, with the names that there are", async () => {
    const broker = app.broker.client();
    const grant = await authorize();
    const error: unknown = await broker
      .getToken({ ...grant, tokenName: "page" })
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: Code.NotFound });
    const [info] = (error as ConnectError).findDetails(ErrorInfoSchema);
    expect(info).toMatchObject({ reason: "CONNECTION_NOT_FOUND", metadata: { token_names: "bot user" } });
  });

  it("RevokeConnection ends all", async () => {
    const broker = app.broker.client();
    const grant = await authorize();
    await broker.revokeConnection(grant);
    for (const tokenName of ["", "bot", "user"])
      await expect(broker.getToken({ ...grant, tokenName })).rejects.toThrow("[not_found]");
  });
});
