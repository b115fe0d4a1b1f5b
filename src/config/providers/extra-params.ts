import {
  isParameterName,
  isParameterValue,
  isSetByAuthorizationFlow,
  loosestParameterName,
} from "../../catalog/index.ts";

const MAX_PARAMS = 16;

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

/** `scopeParameter`: what this provider calls `scope`. `resource` is an operator's to add: some servers want a fixed one. */
export const authorizeParamProblems = (params: Params, scopeParameter: string): ParamProblem[] =>
  paramProblems(
    params,
    (name) => loosestParameterName(name) !== "resource" && isSetByAuthorizationFlow(name, scopeParameter),
  );

export const tokenParamProblems = (params: Params): ParamProblem[] =>
  paramProblems(params, (name) => SET_IN_TOKEN_REQUEST.has(name));

const paramProblems = (params: Params, isSet: (name: string) => boolean): ParamProblem[] => {
  const entries = Object.entries(params);
  const tooMany =
    entries.length > MAX_PARAMS ? [{ problem: `holds more than ${MAX_PARAMS} parameters` }] : [];
  return [...tooMany, ...entries.flatMap(([name, value]) => paramProblem(name, value, isSet))];
};

const paramProblem = (name: string, value: string, isSet: (name: string) => boolean): ParamProblem[] => {
  if (!isParameterName(name))
    return [{ problem: "holds a parameter whose name is not letters, digits, _ . : -" }];
  if (isSet(loosestParameterName(name)))
    return [{ key: name, problem: `sets ${name}, which the flow sets itself` }];
  return isParameterValue(value)
    ? []
    : [{ key: name, problem: "holds a value that is too long or has control characters" }];
};
