import type { KeyRing } from "../crypto/index.ts";
import type { KeyUse } from "../store/index.ts";

/** One key: whether this process has it, and what still needs it. */
export interface KeyStatus extends KeyUse {
  /** The first key: what is written now is sealed with it. */
  readonly isPrimary: boolean;
  /** This process can open what it sealed. */
  readonly isConfigured: boolean;
}

/** The primary key first, then those that ciphertexts name, the most used first. */
export const keyStatuses = ({ primary, keys }: KeyRing, uses: readonly KeyUse[]): readonly KeyStatus[] => {
  const unused = [...keys.keys()].filter((keyId) => uses.every((use) => use.keyId !== keyId));
  const all = [
    ...uses,
    ...unused.map((keyId) => ({ keyId, ciphertexts: 0, firstUsedAt: undefined, lastUsedAt: undefined })),
  ];
  return all
    .map((use) => ({ ...use, isPrimary: use.keyId === primary.id, isConfigured: keys.has(use.keyId) }))
    .toSorted((a, b) => Number(b.isPrimary) - Number(a.isPrimary) || b.ciphertexts - a.ciphertexts);
};

/** Ciphertexts that are still to be sealed anew. */
export const leftOver = (keys: readonly KeyStatus[]): number =>
  keys.reduce((sum, { isPrimary, ciphertexts }) => sum + (isPrimary ? 0 : ciphertexts), 0);
