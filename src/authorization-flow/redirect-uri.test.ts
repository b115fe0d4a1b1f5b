import { describe, expect, it } from "vitest";
import { BrokerError } from "../errors.ts";
import { checkRedirectUri, createRedirectPolicy, type RedirectSettings } from "./redirect-uri.ts";

const production: RedirectSettings = {
  mode: "production",
  redirectAllow: [
    "app.example.com",
    "portal.example.com:8443",
    "com.example.app:",
    "[2001:db8::1]",
    "münchen.example",
  ],
  defaultRedirectUri: "https://home.example.com/done",
};
const development: RedirectSettings = {
  mode: "development",
  redirectAllow: [],
  defaultRedirectUri: undefined,
};

const check = (settings: RedirectSettings, uri: string) =>
  checkRedirectUri(createRedirectPolicy(settings), uri);

const refusal = (settings: RedirectSettings, uri: string): BrokerError => {
  try {
    check(settings, uri);
  } catch (error) {
    if (error instanceof BrokerError) return error;
    throw error;
  }
  throw new Error(`${uri} was accepted`);
};

describe("checkRedirectUri", () => {
  it.each([
    ["a listed host", "https://app.example.com/connected"],
    ["a listed host on any port", "https://app.example.com:9000/"],
    ["a host in capitals", "https://APP.Example.com/"],
    ["the default port written out", "https://app.example.com:443/"],
    ["its own query", "https://app.example.com/?return=%2Fsettings&x=a%20b"],
    ["an encoded path", "https://app.example.com/caf%C3%A9"],
    ["a listed host and port", "https://portal.example.com:8443/x"],
    ["the host of the default", "https://home.example.com/elsewhere"],
    ["the default's host on another port", "https://home.example.com:444/"],
    ["a listed scheme with a host", "com.example.app://connected?x=1"],
    ["a listed scheme with a path", "com.example.app:/connected"],
    ["a listed scheme, opaque", "com.example.app:connected"],
    ["a listed scheme in capitals", "COM.example.app:/connected"],
    ["a listed IPv6 address", "https://[2001:db8::1]/"],
    ["an international host in its xn-- form", "https://xn--mnchen-3ya.example/"],
  ])("accepts %s", (_, uri) => {
    expect(check(production, uri)).toEqual({ uri: new URL(uri).href, unlistedScheme: false });
  });

  it.each([
    "http://localhost:3000/connected",
    "http://localhost/",
    "https://localhost:3000/",
    "http://127.0.0.1:8080/x?y=z",
    "http://127.8.8.8/",
    "http://[::1]:3000/",
  ])("accepts loopback in development without listing: %s", (uri) => {
    expect(check(development, uri)).toEqual({ uri, unlistedScheme: false });
  });

  it("tolerates an unlisted custom scheme in development and says so", () => {
    expect(check(development, "my-app://connected")).toEqual({
      uri: "my-app://connected",
      unlistedScheme: true,
    });
  });

  it("accepts http on loopback in production only where the operator listed it", () => {
    const listed = { ...production, redirectAllow: ["127.0.0.1"] };
    expect(check(listed, "http://127.0.0.1:51234/cb").uri).toBe("http://127.0.0.1:51234/cb");
    expect(refusal(production, "http://127.0.0.1:51234/cb").metadata["item"]).toBe("127.0.0.1:51234");
  });

  const alwaysRefused = [
    ["empty", ""],
    ["a relative path", "/connected"],
    ["only a host", "app.example.com"],
    ["a host and port, which parse as a scheme and a path", "app.example.com:443/x"],
    ["localhost and a port without scheme", "localhost:3000"],
    ["a protocol-relative address", "//app.example.com/"],
    ["slash and backslash", "/\\app.example.com/"],
    ["backslashes behind the scheme", "https:\\\\app.example.com/"],
    ["a backslash before an @", "https://app.example.com\\@evil.example/"],
    ["a backslash in the path", "https://app.example.com/\\evil.example"],
    ["a scheme without slashes", "https:app.example.com"],
    ["a scheme with one slash", "https:/app.example.com/"],
    ["a scheme with three slashes", "https:///app.example.com/"],
    ["no host", "https://"],
    ["no host but a port", "https://:443/"],
    ["a user", "https://user@app.example.com/"],
    ["a user and password", "https://user:pass@app.example.com/"],
    ["an empty user", "https://@app.example.com/"],
    ["a listed host as user", "https://app.example.com@evil.example/"],
    ["a listed host and port as user and password", "https://app.example.com:443@evil.example/"],
    ["a user of a custom scheme", "com.example.app://user@host/"],
    ["a fragment", "https://app.example.com/#token"],
    ["an empty fragment", "https://app.example.com/#"],
    ["a fragment of a custom scheme", "com.example.app:/x#y"],
    ["a dot behind the host", "https://app.example.com./"],
    ["a dot behind localhost", "https://localhost./"],
    ["an encoded dot in the host", "https://app%2eexample.com/"],
    ["an encoded slash in the host", "https://app.example.com%2f.evil.example/"],
    ["a tab inside the scheme", "java\tscript:alert(1)"],
    ["a tab inside the host", "https://app.exa\tmple.com/"],
    ["a newline inside the host", "https://app.example.com\n.evil.example/"],
    ["a carriage return and a header", "https://app.example.com/\r\nSet-Cookie: a=b"],
    ["a leading space", " https://app.example.com/"],
    ["a trailing space", "https://app.example.com/ "],
    ["a leading control character", "\u0001https://app.example.com/"],
    ["NUL", "https://app.example.com/\0"],
    ["DEL", "https://app.example.com/\u007f"],
    ["a look-alike letter", "https://аpp.example.com/"],
    ["fullwidth letters that fold to the listed host", "https://ａｐｐ.example.com/"],
    ["an ideographic full stop", "https://app。example.com/"],
    ["a soft hyphen", "https://app\u00ad.example.com/"],
    ["an unencoded character in the path", "https://app.example.com/café"],
    ["an address in hexadecimal", "https://0x7f.1/"],
    ["an address as one number", "https://2130706433/"],
    ["a short address", "https://127.1/"],
    ["IPv6 in a long form", "https://[0:0:0:0:0:0:0:1]/"],
    ["a broken IPv6 address", "https://[::1/"],
    ["a port out of range", "https://app.example.com:99999/"],
    ["javascript:", "javascript:alert(1)"],
    ["JavaScript: with slashes and a listed host", "JavaScript://app.example.com/%0aalert(1)"],
    ["data:", "data:text/html,<script>"],
    ["vbscript:", "vbscript:x"],
    ["file:", "file:///etc/passwd"],
    ["blob:", "blob:https://app.example.com/0b4f"],
    ["filesystem:", "filesystem:https://app.example.com/x"],
    ["intent:", "intent://app.example.com/#Intent;scheme=https;end"],
    ["intent: without fragment", "intent://app.example.com/"],
    ["about:", "about:blank"],
    ["view-source:", "view-source:https://app.example.com/"],
    ["ws:", "wss://app.example.com/"],
    ["ftp:", "ftp://app.example.com/"],
    ["mailto:", "mailto:a@example.com"],
    ["http to a listed host", "http://app.example.com/"],
    ["a host that begins like loopback", "http://localhost.evil.com"],
    ["a host that begins like a loopback address", "http://127.0.0.1.evil.com/"],
    ["more than 2048 characters", `https://app.example.com/${"a".repeat(2048)}`],
  ] as const;

  it.each(alwaysRefused)("refuses in both modes: %s", (_, uri) => {
    for (const settings of [production, { ...production, mode: "development" as const }]) {
      const error = refusal(settings, uri);
      expect(error.fieldViolations[0]?.field).toBe("redirect_uri");
      expect(["INVALID_REQUEST", "REDIRECT_URI_NOT_ALLOWED"]).toContain(error.code);
    }
  });

  it.each([
    ["https://evil.example/", "evil.example"],
    ["https://evil.example:8443/", "evil.example:8443"],
    ["https://app.example.com.evil.example/", "app.example.com.evil.example"],
    ["https://sub.app.example.com/", "sub.app.example.com"],
    ["https://example.com/", "example.com"],
    ["https://portal.example.com/", "portal.example.com"],
    ["https://portal.example.com:8444/", "portal.example.com:8444"],
    ["https://xn--pp-7kc.example.com/", "xn--pp-7kc.example.com"],
    ["https://localhost/", "localhost"],
    ["http://localhost:3000/", "localhost:3000"],
    ["https://[2001:db8::2]:444/", "[2001:db8::2]:444"],
    ["other.app://connected", "other.app:"],
  ])("names the variable and the item that would allow %s", (uri, item) => {
    const error = refusal(production, uri);
    expect(error.code).toBe("REDIRECT_URI_NOT_ALLOWED");
    expect(error.message).toContain(`add ${item} to CONNECT_REDIRECT_ALLOW_HOSTS`);
    expect(error.metadata).toEqual({ variable: "CONNECT_REDIRECT_ALLOW_HOSTS", item });
    expect(check({ ...production, redirectAllow: [item] }, uri).unlistedScheme).toBe(false);
  });

  it("allows nothing but loopback in development while the list is empty", () => {
    expect(refusal(development, "https://app.example.com/").metadata["item"]).toBe("app.example.com");
  });
});

describe("createRedirectPolicy", () => {
  it.each([
    "https://app.example.com",
    "app.example.com/path",
    "user@app.example.com",
    "*.example.com",
    "*",
    "",
    "app.example.com:0",
    "app.example.com:70000",
    "app.example.com:port",
    "app.example.com.",
    "app%2eexample.com",
    "::1",
    "javascript:",
    "https:",
    "HTTP:",
    "my app",
  ])("refuses the item %j by its position", (item) => {
    const settings = { ...production, redirectAllow: ["ok.example.com", item] };
    expect(() => createRedirectPolicy(settings)).toThrow(/^CONNECT_REDIRECT_ALLOW_HOSTS: item 2 /);
  });

  it("takes a custom scheme from the default address", () => {
    const settings = { ...production, defaultRedirectUri: "com.acme:/done" };
    expect(check(settings, "com.acme:/other").unlistedScheme).toBe(false);
  });

  it("refuses a default address in a forbidden form by its variable", () => {
    const settings = { ...production, defaultRedirectUri: "javascript:alert(1)" };
    expect(() => createRedirectPolicy(settings)).toThrow(/^CONNECT_DEFAULT_REDIRECT_URI: /);
  });
});
