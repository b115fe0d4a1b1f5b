import { BrokerError } from "../errors.ts";
import { classOfStatus } from "./answer-failure.ts";
import { EgressFailure } from "./egress-failure.ts";
import { type FailureClass, OAuthFailure } from "./failure.ts";

/** What a call without an answer means for the grant. Anything that is not the egress's own is a defect and passes through. */
export const failureOfCall = (error: unknown): unknown => {
  if (error instanceof BrokerError)
    return new OAuthFailure(error.message, { class: "client", sent: false, cause: error });
  if (!(error instanceof EgressFailure)) return error;
  const { httpStatus, sent } = error;
  return new OAuthFailure(error.message, { class: classOf(error), httpStatus, sent, cause: error });
};

/** What left and found no answer may have spent the refresh token, unless a status already said how it ended. */
const classOf = ({ problem, sent, httpStatus }: EgressFailure): FailureClass => {
  if (problem === "tls") return "client";
  if (!sent) return "transient";
  return httpStatus === undefined ? "outcome_unknown" : classOfStatus(httpStatus);
};
