import type { Endpoints } from "../catalog/index.ts";

/** What a flow pins about its provider's issuer. */
export interface PinnedIssuer {
  /** Empty = nothing that may be compared. */
  readonly value: string;
  /** The provider promises `iss` in every answer. */
  readonly required: boolean;
}

/**
 * The issuer that an answer may be compared with: one that is known to be the vendor's own. What a library calls a vendor is not its issuer,
 * and comparing with it refuses good answers.
 */
export const issuerToPin = ({ issuer }: Pick<Endpoints, "issuer">): PinnedIssuer =>
  issuer?.verified === true
    ? { value: issuer.value, required: issuer.required ?? false }
    : { value: "", required: false };

/** RFC 9207 section 2.4: a plain string comparison, on error answers too; absence is refused only where presence is promised. */
export const issuerMatches = (pinned: PinnedIssuer, iss: string | undefined): boolean => {
  if (pinned.value === "") return true;
  return iss === undefined ? !pinned.required : iss === pinned.value;
};
