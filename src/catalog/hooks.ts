import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { BrokerError } from "../errors.ts";

/**
 * What no declared field can say: small pure functions at fixed points, each asked for by an entry under `hooks`
 * with the page of the vendor's documentation that describes it. They get plain values, and reach for nothing.
 */
type Params = Readonly<Record<string, string>>;

export interface ClientKnowledge {
  readonly clientSecret: string;
}

type AuthorizeUrlHook = (url: string) => string;
type TokenRequestHook = (params: Params, client: ClientKnowledge) => Params;
type TokenAnswerHook = (answer: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>;
type CallbackHook = (params: Params, client: ClientKnowledge) => boolean;

/** Instead of the secret: SHA-256 of the secret, a bar, and the code or refresh token that is presented. */
const secretHashedWithCode: TokenRequestHook = (params, { clientSecret }) => {
  const presented = params["code"] ?? params["refresh_token"] ?? "";
  const hash = createHash("sha256").update(`${clientSecret}|${presented}`).digest("hex");
  const kept = Object.entries(params).filter(([name]) => name !== "client_secret");
  return { ...Object.fromEntries(kept), hash };
};

/** The vendor signs the callback's query: `hmac` is HMAC-SHA256 over the other parameters, sorted, as they are or percent-encoded. */
const signedQuery: CallbackHook = ({ hmac = "", ...params }, { clientSecret }) => {
  const given = Buffer.from(hmac, "hex");
  const texts = [(text: string) => text, encodeURIComponent].map((encode) =>
    Object.keys(params)
      .toSorted()
      .map((name) => `${encode(name)}=${encode(params[name] ?? "")}`)
      .join("&"),
  );
  return texts.some((text) => {
    const expected = createHmac("sha256", clientSecret).update(text).digest();
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
};

/** By the point and the name that an entry gives. */
export const hooks = {
  authorizeUrl: {} as Readonly<Record<string, AuthorizeUrlHook>>,
  tokenRequest: { secretHashedWithCode } as Readonly<Record<string, TokenRequestHook>>,
  tokenAnswer: {} as Readonly<Record<string, TokenAnswerHook>>,
  callback: { signedQuery } as Readonly<Record<string, CallbackHook>>,
};

const hookOf = <H>(point: Readonly<Record<string, H>>, name: string): H => {
  const hook = Object.hasOwn(point, name) ? point[name] : undefined;
  if (hook === undefined)
    throw new BrokerError("PROVIDER_MISCONFIGURED", `the provider's entry names an unknown hook: ${name}`);
  return hook;
};

export const runAuthorizeUrlHook = (name: string, url: string): string =>
  hookOf(hooks.authorizeUrl, name)(url);

export const runTokenRequestHook = (name: string, params: Params, client: ClientKnowledge): Params =>
  hookOf(hooks.tokenRequest, name)(params, client);

export const runTokenAnswerHook = (
  name: string,
  answer: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> => hookOf(hooks.tokenAnswer, name)(answer);

/** Whether the vendor sent these parameters. */
export const runCallbackHook = (name: string, params: Params, client: ClientKnowledge): boolean =>
  hookOf(hooks.callback, name)(params, client);
