import { randomUUID } from "node:crypto";
import type { ClaimedToken, TokenRow } from "../../src/store/index.ts";

/** 10:00; the rows below were issued then. */
export const ISSUED = new Date("2026-11-23T10:00:00Z");

export const minutesAfter = (minutes: number): Date => new Date(ISSUED.getTime() + minutes * 60_000);

/** An hour's token of a healthy grant, read 30 minutes after its issue. For tests of pure functions: it is in no database. */
export const tokenRow = (changes: Partial<TokenRow> = {}): TokenRow => ({
  id: "1",
  namespace: "default",
  connectionId: randomUUID(),
  userId: "user-1",
  provider: "acme",
  mcpServerUrl: "",
  tokenName: "",
  status: "active",
  version: 10n,
  revision: 20n,
  tokenType: "Bearer",
  scopes: ["read"],
  requestedScopes: ["read"],
  issuedAt: ISSUED,
  expiresAt: minutesAfter(60),
  lifetimeSeconds: 3600,
  fromRefresh: false,
  hasRefreshToken: true,
  refreshExpiresAt: null,
  pins: {
    registrationId: "environment:acme",
    clientId: "client",
    tokenUrl: "https://acme.example/token",
    revokeUrl: "",
    issuer: "",
    resource: "",
    providerConfig: {},
  },
  providerMetadata: {},
  labels: {},
  accountLabel: "",
  leaseOwner: null,
  leaseSeq: 0n,
  leaseUntil: null,
  nextRefreshAt: minutesAfter(50),
  nextAttemptAt: null,
  failureReason: "",
  failureProviderError: "",
  failureCredential: "",
  failureAt: null,
  failureCount: 0,
  degradedSince: null,
  rejectedAt: null,
  rejectedVersion: null,
  createdAt: ISSUED,
  authorizedAt: ISSUED,
  lastRefreshedAt: null,
  lastUsedAt: null,
  stepUps: 0,
  now: minutesAfter(30),
  sealed: { accessToken: { ciphertext: "", keyId: "" }, refreshToken: undefined },
  ...changes,
});

export const claimedToken = (changes: Partial<ClaimedToken> = {}): ClaimedToken => ({
  ...tokenRow(),
  leaseOwner: "replica-1",
  leaseSeq: 1n,
  leaseUntil: minutesAfter(31),
  nextVersion: 11n,
  takenOverFrom: null,
  providerTroubled: false,
  begunAt: minutesAfter(30),
  ...changes,
});
