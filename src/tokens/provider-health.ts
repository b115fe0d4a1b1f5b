import { type OAuthFailure, refusesClient } from "../oauth/index.ts";
import type { PutOff, Store } from "../store/index.ts";
import type { ClientTrouble } from "./client-trouble.ts";
import type { Circumstances } from "./judge-failure.ts";
import type { Attempt } from "./prepared.ts";
import type { Recovery } from "./recovery.ts";
import type { RejectionDoubt } from "./rejection-doubt.ts";

/** What one grant's refresh has to know of the others of its provider, and they of it. */
export interface ProviderHealth {
  /** Before a call: why the row has to wait, and until when; undefined = call. */
  standsAgainst(attempt: Attempt): Promise<PutOff | undefined>;
  /** After a call. Costs the refresh nothing: what is to be noted is noted later. */
  succeeded(attempt: Attempt): void;
  /** After a call that failed: what else decides about its meaning. */
  failed(attempt: Attempt, failure: OAuthFailure): Promise<Circumstances>;
}

export interface ProviderHealthDeps {
  readonly store: Pick<Store, "providerHealth">;
  readonly clientTrouble: ClientTrouble;
  readonly rejectionDoubt: RejectionDoubt;
  readonly recovery: Recovery;
}

/** The claim says whether there is anything to look at, so that refreshes cost no further statement while all is well. */
export const createProviderHealth = ({
  store,
  clientTrouble,
  rejectionDoubt,
  recovery,
}: ProviderHealthDeps): ProviderHealth => ({
  async standsAgainst(attempt) {
    if (!attempt.claimed.providerTroubled) return undefined;
    const standing = await store.providerHealth.find(attempt.prepared.key);
    return (
      (await clientTrouble.standsAgainst(attempt, standing)) ??
      (await rejectionDoubt.standsAgainst(attempt, standing))
    );
  },
  succeeded(attempt) {
    clientTrouble.accepted(attempt);
    rejectionDoubt.succeeded(attempt);
    recovery.succeeded(attempt);
  },
  async failed(attempt, failure) {
    const { credential } = attempt.prepared.key;
    if (refusesClient(failure))
      return { credential, blockedUntil: await clientTrouble.refused(attempt, failure) };
    if (failure.class !== "rejected") return { credential };
    // To reject the token, the provider must have known the client.
    clientTrouble.accepted(attempt);
    return { credential, doubtedUntil: await rejectionDoubt.rejected(attempt) };
  },
});
