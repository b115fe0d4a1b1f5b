import { failureOfCall } from "./call-failure.ts";
import type { Trust } from "./client.ts";
import type { Egress } from "./egress.ts";
import { OAuthFailure } from "./failure.ts";
import { IdentityFailure } from "./identity-failure.ts";
import { isJsonObject, type JsonObject } from "./json-path.ts";

/** A call that tells who an access token stands for. */
export interface UserinfoRequest {
  readonly url: string;
  readonly method: "GET" | "POST";
  /** Complete, but for the access token's own. */
  readonly headers: Readonly<Record<string, string>>;
  /** How the vendor wants the token: a header's name, and what stands before the token in it. */
  readonly tokenHeader: { readonly name: string; readonly prefix: string };
  readonly accessToken: string;
  readonly trust: Trust;
  readonly timeoutMs?: number | undefined;
}

/**
 * The answer as it is; an integer that JavaScript cannot hold comes as its digits, because two people's ids must not become one number.
 *
 * @throws OAuthFailure when the vendor is away; IdentityFailure `userinfo` when it answers anything but an object.
 */
export const fetchUserinfo = async (egress: Egress, request: UserinfoRequest): Promise<JsonObject> => {
  const response = await send(egress, request);
  if (response.status === 429 || response.status >= 500)
    throw new OAuthFailure("the provider's userinfo endpoint is away", {
      class: "transient",
      httpStatus: response.status,
      sent: true,
    });
  const json = response.status === 200 ? parse(await response.text()) : undefined;
  if (!isJsonObject(json)) throw new IdentityFailure("userinfo");
  return json;
};

const send = async (egress: Egress, request: UserinfoRequest): Promise<Response> => {
  const headers = new Headers({ accept: "application/json", ...request.headers });
  headers.set(request.tokenHeader.name, `${request.tokenHeader.prefix}${request.accessToken}`);
  const { url, method, trust, timeoutMs } = request;
  try {
    return await egress.fetch(url, { method, headers, redirect: "manual" }, { trust, deadlineMs: timeoutMs });
  } catch (error) {
    throw failureOfCall(error);
  }
};

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text, keepDigits) as unknown;
  } catch {
    return undefined;
  }
};

const keepDigits = (_: string, value: unknown, context?: { readonly source?: string }): unknown =>
  typeof value === "number" && !Number.isSafeInteger(value) && /^-?\d+$/.test(context?.source ?? "")
    ? context?.source
    : value;
