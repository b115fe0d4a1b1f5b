import { type Endpoints, findTemplate, type ProviderDefinition } from "../catalog/index.ts";
import type { Registration } from "../config/index.ts";

/** What a flow pins about its provider's issuer. */
export interface PinnedIssuer {
  /** Empty = nothing that may be compared. */
  readonly value: string;
  /** The provider promises `iss` in every answer. */
  readonly required: boolean;
}

/**
 * The issuer that an answer may be compared with: one that the catalog has verified, or that the operator wrote. What a library calls a vendor is
 * not its issuer, and comparing with it refuses good answers.
 */
export const issuerToPin = (
  registration: Configured,
  { issuer }: Pick<Endpoints, "issuer">,
): PinnedIssuer => {
  if (issuer === undefined || !(issuer.verified || isOperators(registration))) return NONE;
  return { value: issuer.value, required: issuer.required ?? false };
};

type Configured = Pick<Registration, "template"> & {
  readonly definition: Pick<ProviderDefinition, "issuer">;
};

const NONE: PinnedIssuer = { value: "", required: false };

/** An issuer that is not the catalog entry's came from the registration's own settings. */
const isOperators = ({ template, definition }: Configured): boolean =>
  definition.issuer?.value !== findTemplate(template)?.issuer?.value;

/** RFC 9207 section 2.4: a plain string comparison, on error answers too; absence is refused only where presence is promised. */
export const issuerMatches = (pinned: PinnedIssuer, iss: string | undefined): boolean => {
  if (pinned.value === "") return true;
  return iss === undefined ? !pinned.required : iss === pinned.value;
};
