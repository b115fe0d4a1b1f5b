import { type ClientExamination, examineClient, type OAuthFailure } from "../oauth/index.ts";
import { misplaced, unavailable } from "./check-endpoint.ts";
import { check, failed, type Finding, notChecked, passed, type ProviderCheck, warning } from "./check.ts";
import { explainObstacle } from "./explain-obstacle.ts";
import { isObstacle, type Subject } from "./subject.ts";

/** The token endpoint and the client, from one answer: a code that nobody was given is redeemed, with the credentials of the registration. */
export const checkClient = async (subject: Subject): Promise<ProviderCheck[]> => {
  const { tokenUrl } = subject.endpoints;
  if (tokenUrl === "") return [check("token_endpoint", "", HOST_UNKNOWN), check("client", "", HOST_UNKNOWN)];
  const examination = await examine(subject);
  const unmade = judgeUnmade(examination);
  if (unmade) return [check("token_endpoint", tokenUrl, UNTRIED), check("client", tokenUrl, unmade)];
  const endpoint = judgeEndpoint(examination);
  const client = endpoint.status === "passed" ? await judgeClient(subject, examination) : UNASKED;
  return [check("token_endpoint", tokenUrl, endpoint), check("client", tokenUrl, client)];
};

const UNASKED = notChecked("unclear_answer", "the token endpoint could not be asked about the client", "");

/** Some vendors have a host for each region or account, and name it in the callback. */
const HOST_UNKNOWN = notChecked(
  "needs_login",
  "cannot be checked without a login: the vendor names the token endpoint's host only then",
);

const UNTRIED = notChecked("request_not_made", "no token request could be made");

/** Nothing was sent, and not for the network's sake: what the request is made of does not fit together. */
const judgeUnmade = ({ failure }: ClientExamination): Finding | undefined =>
  failure === undefined || failure.sent || isObstacle(failure.cause)
    ? undefined
    : failed(
        "request_not_made",
        `no token request could be made: ${failure.message}`,
        "compare the private key and the variables with what the vendor's console shows",
      );

/** Which secret is examined decides what is found: the present one alone, or the previous one alone. */
const examine = (subject: Subject, which: "present" | "previous" = "present"): Promise<ClientExamination> => {
  const { definition, clientId, clientSecret, previousClientSecret } = subject.registration;
  return examineClient(subject.egress, {
    definition,
    endpoints: subject.endpoints,
    client: { clientId, clientSecret: which === "present" ? clientSecret : previousClientSecret },
    trust: subject.trust,
    timeoutMs: subject.timeoutMs(),
    redirectUri: subject.callbackUrl,
  });
};

const judgeEndpoint = ({ verdict, failure }: ClientExamination): Finding => {
  const cause: unknown = failure?.cause;
  if (isObstacle(cause)) return explainObstacle(cause);
  const status = failure?.httpStatus ?? 200;
  if (verdict !== "unknown") return passed(`it answers as a token endpoint does (status ${status})`);
  if (status >= 500 || status === 429) return unavailable(status);
  return misplaced(status) ?? unlikeOAuth(failure);
};

const unlikeOAuth = (failure: OAuthFailure | undefined): Finding =>
  warning(
    "unexpected_answer",
    `what it answers (status ${failure?.httpStatus ?? "unknown"}) is no OAuth error: something may stand in front of the vendor's server`,
    "check the URL; compare with the vendor's documentation",
  );

const judgeClient = async (subject: Subject, { verdict, failure }: ClientExamination): Promise<Finding> => {
  if (verdict === "refused") return await judgeRefused(subject);
  const error = failure?.providerError ?? "";
  if (failure === undefined || error === "invalid_grant") return ACCEPTED;
  if (error === "unauthorized_client" || error === "unsupported_grant_type") return notForCodes(error);
  return notChecked(
    "unclear_answer",
    `the server refused the request${error === "" ? " in words of its own" : ` with ${error}`}, which says neither that the client is known nor that it is not`,
    "a wrong client secret will show at the first authorization",
  );
};

const ACCEPTED = passed(
  "the server knows the client: it refused the made-up code and not the credentials (RFC 6749 section 3.2.1)",
);

const judgeRefused = async (subject: Subject): Promise<Finding> => {
  const { previousClientSecret } = subject.registration;
  if (previousClientSecret && (await examine(subject, "previous")).verdict === "accepted")
    return warning(
      "previous_secret_only",
      "the server refuses the client secret and accepts the previous one, which the broker then uses",
      "make the new secret known at the vendor, or set it right here before the previous one ends",
    );
  return failed(
    "invalid_client",
    "the server does not accept the client id with this secret (invalid_client)",
    "copy both again from the vendor's console: the same application, the same environment, no blanks; check how the vendor wants them sent (token_endpoint_auth_method)",
  );
};

const notForCodes = (error: string): Finding =>
  failed(
    "unauthorized_client",
    `the server knows the client and does not let it redeem authorization codes (${error})`,
    "allow the authorization code grant for this application in the vendor's console",
  );
