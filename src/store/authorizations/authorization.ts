import type { Sealed } from "../../crypto/index.ts";

export type AuthorizationPurpose = "connect" | "login";
export type CompletionMode = "automatic" | "required";

/** Everything the exchange will need, fixed when the flow starts. Edited by SQL, the row's secrets do not open. */
export interface PinnedFlow {
  readonly purpose: AuthorizationPurpose;
  readonly namespace: string;
  /** Empty for a login. */
  readonly connectionId: string;
  /** Empty for a login. */
  readonly userId: string;
  readonly provider: string;
  readonly mcpServerUrl: string;
  /** Who called StartAuthorization. */
  readonly callerId: string;
  readonly registrationId: string;
  readonly clientId: string;
  /** The resolved URLs by name ("authorizeUrl", "tokenUrl", "revokeUrl", …). */
  readonly endpoints: Readonly<Record<string, string>>;
  readonly issuer: string;
  readonly resource: string;
  /** OAuth's redirect_uri. */
  readonly callbackUrl: string;
  /** Where the browser goes afterwards; empty = a result page. */
  readonly redirectUri: string;
  readonly scopes: readonly string[];
  readonly providerConfig: Readonly<Record<string, string>>;
  readonly completion: CompletionMode;
  readonly allowAccountChange: boolean;
  /** Another account than that of the present grant is refused, whatever the settings say. */
  readonly pinAccount: boolean;
  /** null = keep those of the present grant. */
  readonly labels: Readonly<Record<string, string>> | null;
}

export interface NewAuthorization extends PinnedFlow {
  /** SHA-256 of the state, hex. The state itself is stored nowhere. */
  readonly stateHash: string;
  /** undefined = this flow uses no PKCE. */
  readonly codeVerifier: string | undefined;
  readonly ttlSeconds: number;
}

export type AuthorizationOutcome =
  | { readonly kind: "succeeded" }
  | {
      readonly kind: "failed";
      /** A `BrokerErrorCode`. */
      readonly reason: string;
    };

export interface AuthorizationRow extends PinnedFlow {
  /** The `authorization_id`, a UUID. */
  readonly id: string;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  /** The callback came. */
  readonly consumedAt: Date | null;
  /** Completion required: until when the parked code can be redeemed. */
  readonly parkedUntil: Date | null;
  /** CompleteAuthorization began to redeem the parked code. */
  readonly redeemingAt: Date | null;
  readonly completedAt: Date | null;
  readonly outcome: AuthorizationOutcome | null;
  /** `broker_now()` of the statement that read the row. */
  readonly now: Date;
  /** Ciphertexts; only `openCodeVerifier` and `openParkedCode` can use them. */
  readonly sealed: SealedFlow;
}

export interface SealedFlow {
  /** undefined once an outcome is recorded. */
  readonly codeVerifier: Sealed | undefined;
  readonly code: Sealed | undefined;
}

export type AuthorizationStatus =
  | { readonly status: "pending" | "awaiting_completion" | "succeeded" | "expired" }
  | { readonly status: "failed"; readonly reason: string };
