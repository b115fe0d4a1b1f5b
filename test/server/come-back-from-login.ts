import { canary } from "../support/canaries.ts";
import { type Claims, hashOf, newAccessToken, type OpenIdMock, signedJwt } from "../support/openid-mock.ts";

/** `person-1` logs in, with more claims if given. The URL that the application's browser is then sent to. */
export const comeBackFromLogin = async (
  people: OpenIdMock,
  authorizeUrl: string,
  more: Claims = {},
): Promise<URL> => {
  const { searchParams } = new URL(authorizeUrl);
  const accessToken = newAccessToken();
  const nowSeconds = Math.floor(Date.now() / 1000);
  const id_token = signedJwt(people.key, {
    iss: people.url,
    sub: "person-1",
    aud: searchParams.get("client_id"),
    iat: nowSeconds,
    exp: nowSeconds + 60,
    nonce: searchParams.get("nonce"),
    at_hash: hashOf(accessToken),
    ...more,
  });
  people.answers["/token"] = { body: { access_token: accessToken, token_type: "Bearer", id_token } };
  const callback = new URL(searchParams.get("redirect_uri") ?? "");
  callback.searchParams.set("code", canary("code"));
  callback.searchParams.set("state", searchParams.get("state") ?? "");
  const response = await fetch(callback, { redirect: "manual" });
  await response.text();
  return new URL(response.headers.get("location") ?? "about:blank");
};
