import { randomUUID } from "node:crypto";
import { expect, it } from "vitest";
import { TokenBrokerAdminService } from "../../gen/ts/tokenbroker/v1/admin_pb.ts";
import { describeEachStore } from "../support/database.ts";
import { useAcmeApp } from "./acme-app.ts";
import { rowOf } from "./rpc-calls.ts";
import { RPCS_OF_OPERATORS } from "./rpc-tables.ts";

describeEachStore("what each RPC of operators is for", (store) => {
  const app = useAcmeApp({ store, env: { BROKER_AUDIT: "json,table" } });
  const broker = () => app.broker.client("grpc binary h2c");
  const admin = () => app.broker.clientOf(TokenBrokerAdminService, "grpc binary h2c");

  const importGrant = async () => {
    const grant = { connectionId: randomUUID(), userId: `user-${randomUUID()}`, provider: "acme" };
    const issued = app.provider.grants.open({ clientId: "client", scopes: ["read", "write"] });
    const { accessToken, refreshToken = "" } = issued;
    await broker().importToken({ ...grant, accessToken, refreshToken, scopes: ["read"] });
    return { ...grant, accessToken };
  };

  const USES: Readonly<Record<string, () => Promise<void>>> = {
    async ExplainAccess() {
      const explained = await admin().explainAccess({
        caller: "billing",
        method: "GetToken",
        provider: "acme",
      });
      expect(explained).toMatchObject({ allowed: true, rule: "", rules: [] });
      expect(explained.message).toContain("there is no policy");
      await expect(admin().explainAccess({ caller: "billing", method: "Nothing" })).rejects.toThrow(
        "method: ",
      );
    },

    async RotateKeys() {
      const grant = await importGrant();
      const { done, unreadable, keys } = await admin().rotateKeys({ rowsPerSecond: 1000 });
      expect([done, unreadable]).toEqual([true, 0n]);
      expect(keys.map(({ primary, configured }) => [primary, configured])).toEqual([[true, true]]);
      expect((await broker().getToken(grant)).accessToken).toBe(grant.accessToken);
      await expect(admin().rotateKeys({ rowsPerSecond: -1 })).rejects.toThrow("rows_per_second");
    },

    async GetKeyStatus() {
      await importGrant();
      const { keys } = await admin().getKeyStatus({});
      expect(keys).toMatchObject([
        { keyId: app.broker.config.keyRing.primary.id, primary: true, configured: true },
      ]);
      expect(keys[0]?.ciphertexts).toBeGreaterThanOrEqual(3n);
      expect(keys[0]?.firstUsedAt).toBeDefined();
    },

    async BlockConnections() {
      const { userId, ...grant } = await importGrant();
      const other = await importGrant();
      const filter = { userId };
      expect(await admin().blockConnections({ ...filter, dryRun: true })).toMatchObject({ connections: 1 });
      await broker().getToken({ userId, ...grant });
      expect(await admin().blockConnections(filter)).toMatchObject({ connections: 1, tokens: 1 });
      await expect(broker().getToken({ userId, ...grant })).rejects.toThrow("an operator has blocked");
      await broker().getToken(other);
      await expect(admin().blockConnections({})).rejects.toThrow("whole_namespace");
    },

    async UnblockConnections() {
      const grant = await importGrant();
      const filter = { userId: grant.userId, caller: "anonymous", provider: "acme" };
      await admin().blockConnections(filter);
      expect(await admin().unblockConnections(filter)).toMatchObject({ connections: 1, more: false });
      expect((await broker().getToken(grant)).accessToken).toBe(grant.accessToken);
      expect(await admin().unblockConnections(filter)).toMatchObject({ connections: 0 });
    },

    async RevokeConnections() {
      const grant = await importGrant();
      const filter = { userId: grant.userId };
      await admin().blockConnections(filter);
      expect(await admin().revokeConnections(filter)).toMatchObject({ connections: 1, tokens: 1 });
      await expect(broker().getToken(grant)).rejects.toThrow("[not_found]");
    },

    async ListAuditEvents() {
      const grant = await importGrant();
      await broker().getToken(grant);
      const filter = { userId: grant.userId, pageSize: 1 };
      const { events, nextPageToken } = await admin().listAuditEvents(filter);
      expect(events).toMatchObject([{ method: "GetToken", caller: "anonymous", outcome: "OK" }]);
      const { version } = await broker().getToken(grant);
      expect(events[0]?.version).toBe(version);
      const next = await admin().listAuditEvents({ ...filter, pageToken: nextPageToken });
      expect(next.events.map(({ method }) => method)).toEqual(["ImportToken"]);
      await expect(admin().listAuditEvents({ userId: "other", pageToken: nextPageToken })).rejects.toThrow(
        "page_token",
      );
    },
  };

  const expectUse = (rpc: string): Promise<void> => rowOf(USES, rpc)();

  it.each(RPCS_OF_OPERATORS)("%s", (rpc) => expectUse(rpc));
});
