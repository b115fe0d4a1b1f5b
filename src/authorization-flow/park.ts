import { randomToken, sha256Hex } from "../crypto/index.ts";
import { BrokerError } from "../errors.ts";
import type { AuthorizationRow } from "../store/index.ts";
import type { AuthorizationFlowOptions } from "./options.ts";
import type { RedeemableAnswer } from "./redeem.ts";

/** How long a code waits for its ticket: longer than a redirect and a call take, no longer than most vendors' codes live. */
const PARK_SECONDS = 60;

/** Keeps the answer sealed until the application confirms its own user. Resolves to the ticket, which is stored nowhere. */
export const park = async (
  { authorizations }: Pick<AuthorizationFlowOptions, "authorizations">,
  row: AuthorizationRow,
  answer: RedeemableAnswer,
): Promise<string> => {
  const ticket = randomToken();
  const parked = await authorizations.park(row, {
    code: JSON.stringify(answer),
    ticketHash: sha256Hex(ticket),
    forSeconds: PARK_SECONDS,
  });
  if (!parked) throw new BrokerError("INTERNAL", "the flow was finished by somebody else");
  return ticket;
};

/** @throws BrokerError KEY_UNAVAILABLE. */
export const openParked = (
  { authorizations }: Pick<AuthorizationFlowOptions, "authorizations">,
  row: AuthorizationRow,
): RedeemableAnswer => ({
  ...OF_EARLIER_VERSIONS,
  ...(JSON.parse(authorizations.openParkedCode(row)) as Omit<
    RedeemableAnswer,
    keyof typeof OF_EARLIER_VERSIONS
  >),
});

/** What a replica of an earlier version does not park. */
const OF_EARLIER_VERSIONS = { state: "", forwarded: {}, config: {} } as const;
