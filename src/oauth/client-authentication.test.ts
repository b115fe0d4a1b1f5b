import { describe, expect, it } from "vitest";
import type { ClientAuthentication } from "../catalog/index.ts";
import { clientAuthentication } from "./client-authentication.ts";
import type { Client } from "./client.ts";

const secret = (text: string) => ({ reveal: () => text });

const send = async (rules: ClientAuthentication, client: Client) => {
  const body = new URLSearchParams();
  const headers = new Headers();
  const server = { issuer: "https://idp.example" };
  await clientAuthentication(rules, client)(server, { client_id: client.clientId }, body, headers);
  const [scheme, credentials = ""] = (headers.get("authorization") ?? "").split(" ");
  return { scheme, credentials: Buffer.from(credentials, "base64").toString("utf8"), body: body.toString() };
};

const client: Client = { clientId: "a-b_c.d~e", clientSecret: secret("p*(w)'!+/ =%:é") };

describe("clientAuthentication", () => {
  it("encodes Basic as a form does, and not the characters that some servers do not decode", async () => {
    expect(await send({ method: "client_secret_basic", basicEncoding: "form" }, client)).toEqual({
      scheme: "Basic",
      credentials: "a-b_c.d%7Ee:p*%28w%29%27%21%2B%2F+%3D%25%3A%C3%A9",
      body: "",
    });
  });

  it("sends Basic raw where the vendor does not decode", async () => {
    const sent = await send({ method: "client_secret_basic", basicEncoding: "raw" }, client);
    expect(sent.credentials).toBe("a-b_c.d~e:p*(w)'!+/ =%:é");
  });

  it("sends an empty secret as an empty password", async () => {
    const sent = await send(
      { method: "client_secret_basic", basicEncoding: "form" },
      { clientId: "id", clientSecret: secret("") },
    );
    expect(sent.credentials).toBe("id:");
  });

  it("puts id and secret into the body for client_secret_post", async () => {
    const sent = await send(
      { method: "client_secret_post", basicEncoding: "form" },
      { clientId: "id", clientSecret: secret("a b") },
    );
    expect(sent).toEqual({ scheme: "", credentials: "", body: "client_id=id&client_secret=a+b" });
  });

  it.each([
    [{ method: "none", basicEncoding: "form" }, secret("unused")],
    [{ method: "client_secret_basic", basicEncoding: "form" }, undefined],
    [{ method: "client_secret_post", basicEncoding: "form" }, undefined],
  ] as const)("names only itself as a public client: %j", async (rules, clientSecret) => {
    const sent = await send(rules, { clientId: "id", clientSecret });
    expect(sent).toEqual({ scheme: "", credentials: "", body: "client_id=id" });
  });
});
