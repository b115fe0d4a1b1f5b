import { sha256Hex } from "../crypto/index.ts";
import { BrokerError } from "../errors.ts";
import type { AuthorizationPurpose, AuthorizationRow } from "../store/index.ts";
import { readCallback } from "./callback-answer.ts";
import {
  type CallbackNames,
  type CallbackParameters,
  parseCallbackParameters,
} from "./callback-parameters.ts";
import { type FailureCode, failureCodeOf, reasonOfAuthorizationError, reasonOfError } from "./failure.ts";
import { issuerMatches } from "./issuer.ts";
import type { AuthorizationFlowOptions } from "./options.ts";
import { park } from "./park.ts";
import { pinnedIssuer, registrationPins } from "./pinned.ts";
import type { FlowOutcome, ReadAnswer, Redeemer } from "./redeem.ts";
import { returnLocation } from "./return-location.ts";

/** A provider's answer as a person's browser brought it. */
export interface Callback {
  /** What the URL's path says. */
  readonly path: {
    readonly namespace: string;
    readonly provider: string;
    /** Connections and logins come back to paths of their own. Default `connect`. */
    readonly purpose?: AuthorizationPurpose;
  };
  /** Of the query (GET) or the body (POST, `form_post`), decoded strictly, repetitions kept. */
  readonly params: URLSearchParams;
}

/** For counting: fixed words. */
export type CallbackOutcome = "succeeded" | "awaiting_completion" | FailureCode;

/** What to answer the browser. `invalid`: it names no flow that can go on, and why is not told. */
export type CallbackResult =
  | { readonly kind: "redirect"; readonly location: string; readonly outcome: CallbackOutcome }
  | { readonly kind: "page"; readonly outcome: CallbackOutcome }
  | { readonly kind: "invalid" };

type FlowEnd = FlowOutcome | { readonly kind: "awaiting"; readonly ticket: string };

export const createCallback = (options: AuthorizationFlowOptions, redeemer: Redeemer) => {
  const { authorizations } = options;

  return async ({ path, params }: Callback): Promise<CallbackResult> => {
    const parameters = parseCallbackParameters(params, await namesOf(options, path, params));
    if (parameters === undefined) return { kind: "invalid" };
    const row = await authorizations.consumeByState(sha256Hex(parameters.state));
    if (row === undefined || isOver(row)) return { kind: "invalid" };
    if (!isFlowOf(options, path, row)) {
      // Not awaited, so that a foreign state takes as long to refuse as an unknown one.
      void redeemer.fail(row, "ISSUER_MISMATCH");
      return { kind: "invalid" };
    }
    const problem = problemOfSeal(options, row);
    if (problem !== undefined) {
      await redeemer.fail(row, "KEY_UNAVAILABLE", problem);
      // The return address is as doubtful as the rest of the row.
      return { kind: "page", outcome: failureCodeOf("KEY_UNAVAILABLE") };
    }
    return resultOf(row, await conclude(options, redeemer, row, parameters));
  };
};

/** What this vendor calls code and error. Asked for only where the response has neither under the RFC's names, or an error that the RFC does not know. */
const namesOf = async (
  { registrations }: AuthorizationFlowOptions,
  { namespace, provider }: Callback["path"],
  params: URLSearchParams,
): Promise<CallbackNames | undefined> => {
  if (isStandard(params)) return undefined;
  try {
    return (await registrations.resolve(namespace, provider)).definition.callback;
  } catch (error) {
    if (error instanceof BrokerError && error.code !== "STORE_UNAVAILABLE") return undefined;
    throw error;
  }
};

/** RFC 6749 section 4.1.2.1. */
const STANDARD_ERROR =
  /^(invalid_request|unauthorized_client|access_denied|unsupported_response_type|invalid_scope|server_error|temporarily_unavailable)$/;

const isStandard = (params: URLSearchParams): boolean =>
  params.has("code") || !params.has("state") || STANDARD_ERROR.test(params.get("error") ?? "");

const isOver = (row: AuthorizationRow): boolean => row.now >= row.expiresAt;

/** The callback URL is distinct for every provider of a namespace: an answer that comes to another one is a mix-up (RFC 9700 section 4.4.2). */
const isFlowOf = (
  options: AuthorizationFlowOptions,
  path: Callback["path"],
  row: AuthorizationRow,
): boolean => {
  if (row.purpose !== (path.purpose ?? "connect")) return false;
  if (row.mcpServerUrl !== "")
    return path.namespace === MCP_SPACE && row.callbackUrl === options.mcpCallbackUrl(path.provider);
  return row.provider === path.provider && row.namespace === path.namespace;
};

/** In the place of a namespace, which cannot have this name. */
const MCP_SPACE = "mcp";

const problemOfSeal = ({ authorizations }: AuthorizationFlowOptions, row: AuthorizationRow): unknown => {
  try {
    authorizations.openCodeVerifier(row);
    return undefined;
  } catch (error) {
    return error;
  }
};

const conclude = async (
  options: AuthorizationFlowOptions,
  redeemer: Redeemer,
  row: AuthorizationRow,
  parameters: CallbackParameters,
): Promise<FlowEnd> => {
  if (!issuerMatches(pinnedIssuer(row), parameters.iss)) return redeemer.fail(row, "ISSUER_MISMATCH");
  if (parameters.kind === "error") return redeemer.fail(row, reasonOfAuthorizationError(parameters.error));
  const read: ReadAnswer = (registration) => readCallback(registration, parameters);
  return row.completion === "automatic"
    ? redeemer.redeem(row, read)
    : await parked(options, redeemer, row, read);
};

const parked = async (
  options: AuthorizationFlowOptions,
  redeemer: Redeemer,
  row: AuthorizationRow,
  read: ReadAnswer,
): Promise<FlowEnd> => {
  try {
    const registration = await options.registrations.resolvePinned(
      row.namespace,
      row.provider,
      registrationPins(row),
    );
    return { kind: "awaiting", ticket: await park(options, row, read(registration)) };
  } catch (error) {
    return redeemer.fail(row, reasonOfError(error), error);
  }
};

const resultOf = (row: AuthorizationRow, end: FlowEnd): CallbackResult => {
  const outcome = outcomeOf(end);
  if (row.redirectUri === "") return { kind: "page", outcome };
  const location = returnLocation(row.redirectUri, row.connectionId, parameterOf(end));
  return { kind: "redirect", location, outcome };
};

const outcomeOf = (end: FlowEnd): CallbackOutcome => {
  switch (end.kind) {
    case "succeeded":
      return "succeeded";
    case "awaiting":
      return "awaiting_completion";
    case "failed":
      return failureCodeOf(end.reason);
  }
};

const parameterOf = (end: FlowEnd): readonly [name: string, value: string] => {
  switch (end.kind) {
    case "succeeded":
      return ["success", "true"];
    case "awaiting":
      return ["ticket", end.ticket];
    case "failed":
      return ["error", failureCodeOf(end.reason)];
  }
};
