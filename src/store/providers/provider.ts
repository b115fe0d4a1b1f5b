/** What can be listed without a key. */
export interface ProviderSummary {
  /** A UUID; the registration's id is "rpc:<id>". */
  readonly id: string;
  readonly namespace: string;
  readonly name: string;
  /** A catalog entry; empty = none. */
  readonly template: string;
  readonly clientId: string;
  /** The hosts its endpoints lie on. */
  readonly hosts: readonly string[];
  /** Moves with every change. */
  readonly version: bigint;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export interface ProviderRow extends ProviderSummary {
  /** JSON text: definition, values and client secret together, as the registrations room wrote it. */
  readonly definition: string;
}

export interface NewProvider {
  readonly template: string;
  readonly clientId: string;
  readonly hosts: readonly string[];
  readonly definition: string;
}

/** Registrations made by RPC. Definition and secret are sealed as one value: neither can be exchanged without the other. */
export interface ProviderRepository {
  /** undefined = the name is taken. */
  insert(namespace: string, name: string, provider: NewProvider): Promise<ProviderRow | undefined>;
  /** Compare-and-set on `version`; the id stays. undefined: changed or deleted since it was read. */
  replace(current: ProviderSummary, provider: NewProvider): Promise<ProviderRow | undefined>;
  /** Throws `KEY_UNAVAILABLE`. */
  find(namespace: string, name: string): Promise<ProviderRow | undefined>;
  /** By name. Needs no key. */
  list(namespace: string): Promise<readonly ProviderSummary[]>;
  /** All namespaces: what the sweep may refresh. Needs no key. */
  listAll(): Promise<readonly ProviderSummary[]>;
  delete(namespace: string, name: string): Promise<boolean>;
}
