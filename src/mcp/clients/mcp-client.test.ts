import { expect, it } from "vitest";
import { Secret } from "../../config/index.ts";
import { type McpClient, methodOf } from "./mcp-client.ts";

const secret = new Secret("s");

it.each<[string, McpClient["method"], Secret | undefined, string[], string]>([
  ["the registration's", "client_secret_post", secret, ["client_secret_basic"], "client_secret_post"],
  ["a signature, whatever the server lists", "private_key_jwt", secret, [], "private_key_jwt"],
  ["none, if that is the registration's", "none", secret, ["client_secret_basic"], "none"],
  ["none without a secret", "", undefined, ["client_secret_basic"], "none"],
  [
    "none without a secret, whatever the registration says",
    "client_secret_basic",
    undefined,
    ["client_secret_basic"],
    "none",
  ],
  [
    "basic before post",
    "",
    secret,
    ["none", "client_secret_post", "client_secret_basic"],
    "client_secret_basic",
  ],
  ["post before none", "", secret, ["none", "client_secret_post"], "client_secret_post"],
  ["none where the server lists nothing else", "", secret, ["private_key_jwt", "none"], "none"],
  [
    "the standard's where the server lists none of these",
    "",
    secret,
    ["private_key_jwt"],
    "client_secret_basic",
  ],
  ["the standard's where the server lists nothing", "", secret, [], "client_secret_basic"],
])("a client proves itself by %s", (_, method, held, authMethods, expected) => {
  expect(methodOf({ method, secret: held }, { authMethods })).toBe(expected);
});
