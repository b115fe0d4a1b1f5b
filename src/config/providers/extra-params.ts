const MAX_PARAMS = 16;
const MAX_VALUE_LENGTH = 2048;
const NAME = /^[A-Za-z][A-Za-z0-9_.:-]{0,63}$/;
const CONTROL = /\p{Cc}/u;

/** What the flow sets in the authorization request. `resource` and `audience` are an operator's to add: some servers want a fixed one. */
const SET_IN_AUTHORIZE: ReadonlySet<string> = new Set([
  "client_id",
  "client_secret",
  "redirect_uri",
  "response_type",
  "response_mode",
  "state",
  "scope",
  "nonce",
  "code_challenge",
  "code_challenge_method",
  "request",
  "request_uri",
]);

const SET_IN_TOKEN_REQUEST: ReadonlySet<string> = new Set([
  "grant_type",
  "code",
  "redirect_uri",
  "client_id",
  "client_secret",
  "client_assertion",
  "client_assertion_type",
  "code_verifier",
  "refresh_token",
]);

export interface ParamProblem {
  /** Set when one parameter is meant. Only a well-formed name is repeated. */
  readonly key?: string;
  readonly problem: string;
}

type Params = Readonly<Record<string, string>>;

/** `scopeParameter`: what this provider calls `scope`. */
export const authorizeParamProblems = (params: Params, scopeParameter: string): ParamProblem[] =>
  paramProblems(params, (name) => SET_IN_AUTHORIZE.has(name) || name === scopeParameter);

export const tokenParamProblems = (params: Params): ParamProblem[] =>
  paramProblems(params, (name) => SET_IN_TOKEN_REQUEST.has(name));

const paramProblems = (params: Params, isSet: (name: string) => boolean): ParamProblem[] => {
  const entries = Object.entries(params);
  const tooMany =
    entries.length > MAX_PARAMS ? [{ problem: `holds more than ${MAX_PARAMS} parameters` }] : [];
  return [...tooMany, ...entries.flatMap(([name, value]) => paramProblem(name, value, isSet))];
};

const paramProblem = (name: string, value: string, isSet: (name: string) => boolean): ParamProblem[] => {
  if (!NAME.test(name)) return [{ problem: "holds a parameter whose name is not letters, digits, _ . : -" }];
  if (isSet(name.toLowerCase())) return [{ key: name, problem: `sets ${name}, which the flow sets itself` }];
  const bad = value.length > MAX_VALUE_LENGTH || CONTROL.test(value) || !value.isWellFormed();
  return bad ? [{ key: name, problem: "holds a value that is too long or has control characters" }] : [];
};
