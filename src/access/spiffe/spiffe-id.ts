export interface SpiffeId {
  readonly id: string;
  readonly trustDomain: string;
}

/** SPIFFE ID sections 2.1 and 2.2: lower-case trust domain, at least one segment, no empty one, none of dots alone, nothing to decode, no query. */
const SPIFFE_ID = /^spiffe:\/\/([a-z0-9._-]{1,255})((?:\/(?!\.{1,2}(?:\/|$))[a-zA-Z0-9._-]+)+)$/;
const MAX_BYTES = 2048;

/** A workload's id; a trust domain alone names no workload. */
export const parseSpiffeId = (text: string): SpiffeId | undefined => {
  const [, trustDomain] = text.length <= MAX_BYTES ? (SPIFFE_ID.exec(text) ?? []) : [];
  return trustDomain === undefined ? undefined : { id: text, trustDomain };
};
