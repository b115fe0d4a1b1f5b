/** Client credentials at one token endpoint. */
export interface HealthKey {
  readonly registrationId: string;
  /** Of the token endpoint. */
  readonly origin: string;
  /** Names the credentials without holding them. */
  readonly credential: string;
}

/** Nobody calls with these credentials but one probe at a time. */
export interface ClientBlock extends HealthKey {
  readonly provider: string;
  /** What the provider said last, if it is a known code. */
  readonly providerError: string;
  readonly blockedAt: Date;
  readonly nextProbeAt: Date;
}

/** Rejections of one registration are not believed, and nobody refreshes but one probe at a time. */
export interface RefreshHold {
  readonly registrationId: string;
  readonly provider: string;
  readonly heldAt: Date;
  readonly nextProbeAt: Date;
}

/** What stands against one call. */
export interface Standing {
  readonly block: Pick<ClientBlock, "providerError" | "nextProbeAt"> | undefined;
  readonly hold: Pick<RefreshHold, "nextProbeAt"> | undefined;
  readonly now: Date;
}

export interface Troubles {
  readonly blocks: readonly ClientBlock[];
  readonly holds: readonly RefreshHold[];
  readonly now: Date;
}

/** One grant whose refresh ended with a refusal of the client. */
export interface Refusal {
  readonly provider: string;
  readonly tokenId: string;
  readonly providerError: string;
  /** When the caller last saw these credentials work; undefined = never. */
  readonly acceptedAt: Date | undefined;
}

export interface RefusalRecorded {
  /** Undefined = not blocked. */
  readonly blockedUntil: Date | undefined;
  /** This refusal was the one too many. */
  readonly began: boolean;
}

export interface OutcomeSum {
  readonly succeeded: number;
  readonly rejected: number;
}

export interface RegistrationOutcomes extends OutcomeSum {
  readonly registrationId: string;
  /** Of the rejections, those after the last success. */
  readonly rejectedLast: number;
}

/**
 * What replicas know together about providers: refused credentials, rejections that are not believed, and how refreshes end. Every method is one
 * autocommit statement; a change of state is told to exactly one caller.
 */
export interface ProviderHealthRepository {
  find(key: HealthKey): Promise<Standing>;
  /** All blocks and holds. */
  list(): Promise<Troubles>;

  /** Blocks when three different grants were refused within a minute and nothing was accepted in it. */
  recordRefusal(key: HealthKey, refusal: Refusal): Promise<RefusalRecorded>;
  /** These credentials work: ends a block, forgets refusals. True = there was a block. */
  recordAcceptance(key: HealthKey): Promise<boolean>;
  /** A probe was refused. True = blocked from now on; false = it was already, or the credentials were accepted within the last minute. */
  block(key: HealthKey): Promise<boolean>;
  /** The right to one probe of these credentials; one a minute, over all replicas. */
  claimProbe(key: HealthKey): Promise<boolean>;

  /** True = held from now on; false = it was already. The first probe may follow at once. */
  beginHold(registrationId: string, provider: string): Promise<boolean>;
  /** The right to refresh one grant of a held registration; one a minute, over all replicas. */
  claimHoldProbe(registrationId: string): Promise<boolean>;
  /** Forgets the outcomes counted so far, too. True = it was held. */
  endHold(registrationId: string): Promise<boolean>;

  /** Adds to what `owner` has counted in this second. */
  addOutcomes(owner: string, outcomes: readonly RegistrationOutcomes[]): Promise<void>;
  /** Of all replicas, newest first: of each second with an outcome what came last in it, and then what came before that. */
  recentOutcomes(registrationId: string, withinSeconds: number): Promise<readonly OutcomeSum[]>;

  /** Forgets outcomes older than 20 minutes. Answers how many; call again while it is `limit`. */
  deleteOldOutcomes(limit: number): Promise<number>;
  /** Forgets refusals of a day ago, and blocks that nobody has probed for 10 minutes: nobody has these credentials any more, or uses them. Answers the blocks. */
  deleteUnused(): Promise<readonly Pick<ClientBlock, "registrationId" | "provider">[]>;
}
