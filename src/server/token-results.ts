import { anyUnpack } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import { ErrorInfoSchema } from "../../gen/ts/google/rpc/error_details_pb.ts";
import type { GetTokenRequest, TokenResult } from "../../gen/ts/tokenbroker/v1/token_pb.ts";
import { codeName } from "./code-name.ts";

/** One token of an answer that holds several, or one at a time: who was asked about, and what came of it. */
export interface AnsweredToken {
  readonly request: GetTokenRequest;
  readonly token: object | undefined;
  /** `OK`, or the reason. */
  readonly outcome: string;
}

interface Asked {
  readonly requests?: readonly GetTokenRequest[];
  readonly request?: GetTokenRequest;
  readonly watches?: readonly { readonly request?: GetTokenRequest }[];
}

interface Answered {
  readonly results?: readonly TokenResult[];
  readonly result?: TokenResult;
  readonly index?: number;
  readonly event?: { readonly result?: TokenResult };
}

/** Of BatchGetTokens, WatchToken and WatchTokens, by the form of their messages. Nothing for any other RPC, and for a heartbeat. */
export const answeredTokens = (request: object, answer: object): readonly AnsweredToken[] => {
  const asked = request as Asked;
  const answered = answer as Answered;
  const pairs = [
    ...(answered.results ?? []).map((result, index) => [asked.requests?.[index], result] as const),
    [asked.request, answered.result] as const,
    [asked.watches?.[answered.index ?? 0]?.request, answered.event?.result] as const,
  ];
  return pairs.flatMap(([one, result]) =>
    one && result ? [{ request: one, token: tokenOf(result), outcome: outcomeOf(result) }] : [],
  );
};

const tokenOf = ({ result }: TokenResult): object | undefined =>
  result.case === "token" ? result.value : undefined;

const outcomeOf = ({ result }: TokenResult): string => {
  if (result.case !== "error") return "OK";
  const reasons = result.value.details.map((detail) => anyUnpack(detail, ErrorInfoSchema)?.reason);
  const { code } = result.value;
  return (
    reasons.find((reason) => reason !== undefined) ??
    codeName(code in Code ? code : Code.Unknown).toUpperCase()
  );
};
