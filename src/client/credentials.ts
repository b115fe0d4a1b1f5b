import type { Interceptor } from "@connectrpc/connect";

/** Answers the value of the `authorization` header, with every call: credentials that change are taken up at once. */
export type Credentials = () => string | Promise<string>;

/** An API key of the broker, `tbk_…`. */
export const apiKey = (key: string): Credentials => bearer(key);

/** A JWT of an issuer that the broker trusts, or what makes or reads one. Called with every call: keep it in memory while it is good. */
export const jwt = (token: string | (() => string | Promise<string>)): Credentials => bearer(token);

const bearer = (token: string | (() => string | Promise<string>)): Credentials =>
  typeof token === "string" ? () => `Bearer ${token}` : async () => `Bearer ${await token()}`;

export const authenticate =
  (credentials: Credentials): Interceptor =>
  (next) =>
  async (request) => {
    const value = await credentials();
    try {
      request.header.set("authorization", value);
    } catch {
      // The runtime's own error quotes the value.
      throw new TypeError("the credentials hold a character that no header can");
    }
    return await next(request);
  };
