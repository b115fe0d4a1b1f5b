import { check, type CheckName, failed, type Finding, passed, type ProviderCheck, warning } from "./check.ts";
import { explainObstacle } from "./explain-obstacle.ts";
import { isObstacle, type Obstacle, open, type Subject } from "./subject.ts";

/** Endpoints besides the two that a flow cannot do without: each must be there to be asked, whatever it says to a stranger. */
export const checkMoreEndpoints = async (subject: Subject): Promise<ProviderCheck[]> => {
  const { tokenUrl, refreshUrl, userinfoUrl, revokeUrl } = subject.endpoints;
  const more: readonly [CheckName, string][] = [
    ["refresh_endpoint", refreshUrl === tokenUrl ? "" : refreshUrl],
    ["userinfo_endpoint", userinfoUrl],
    ["revocation_endpoint", revokeUrl],
  ];
  const present = more.filter(([, url]) => url !== "");
  return await Promise.all(
    present.map(async ([name, url]) => check(name, url, judge(await open(subject, url, "application/json")))),
  );
};

const judge = (answer: Response | Obstacle): Finding => {
  if (isObstacle(answer)) return explainObstacle(answer);
  const { status } = answer;
  if (status >= 500) return unavailable(status);
  return passed(`a server that proves its name answers (status ${status} to a stranger's GET)`);
};

export const unavailable = (status: number): Finding =>
  warning(
    "unavailable",
    `the server is there and in trouble: it answered with status ${status}`,
    "try again later; if it stays, ask the vendor",
  );

/** No OAuth endpoint is at this address: its path is wrong, or it moved. */
export const misplaced = (status: number): Finding | undefined => {
  if (MISSING.has(status))
    return failed(
      "not_found",
      `the host answers with status ${status}: nothing of the kind is at this path`,
      "correct the URL, or the variable in it; the vendor's documentation has today's",
    );
  if (status >= 300 && status < 400)
    return failed(
      "redirects",
      `the host redirects (status ${status}), and a request with a client secret is never redirected`,
      "set the URL that it leads to, if that is the vendor's",
    );
  return undefined;
};

const MISSING: ReadonlySet<number> = new Set([404, 405, 410]);
