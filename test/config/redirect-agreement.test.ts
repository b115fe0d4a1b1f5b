import { describe, expect, it } from "vitest";
import { createRedirectPolicy } from "../../src/authorization-flow/redirect-uri.ts";
import { ConfigError } from "../../src/config/index.ts";
import { load } from "../support/load-config.ts";

const ITEMS = [
  "app.example.com",
  "App.Example.COM:8443",
  "münchen.example",
  "[::1]",
  "[2001:DB8::1]:9",
  "localhost:3000",
  "com.example.app:",
  "1password:",
  "https:",
  "javascript:",
  "search-ms:",
  "intent:",
  "app.example.com.",
  "app.example.com:0",
  "app.example.com:65536",
  "*.example.com",
  "a b.example.com",
  "app.example.com/x",
  "app.example.com?x",
  "user@app.example.com",
  "app.example.com\\x",
  "%61pp.example.com",
  "0x7f.1",
  "[::1",
  ":",
  "x:y:z",
];

const DEFAULTS = [
  "https://app.example.com/done?x=1",
  "https://app.example.com:8443",
  "http://localhost:3000/done",
  "http://[::1]:3000/",
  "com.example.app:/done",
  "com.example.app://done",
  "https:app.example.com",
  "https:/app.example.com",
  "https:///app.example.com",
  "https://app.example.com.",
  "https://0x7f.1/",
  "https://%61pp.example.com/",
  "https://@app.example.com/",
  "localhost:3000/done",
  "ms-officecmd:x",
  "tel:112",
  "mailto:a@example.com",
  "app.example.com",
];

/** What the start accepts of them. */
const accepted = (variable: string, values: readonly string[]): string[] =>
  values.filter((value) => {
    try {
      return load({ [variable]: value });
    } catch (error) {
      if (error instanceof ConfigError) return false;
      throw error;
    }
  });

const ACCEPTED_ITEMS = accepted("CONNECT_REDIRECT_ALLOW_HOSTS", ITEMS);
const ACCEPTED_DEFAULTS = accepted("CONNECT_DEFAULT_REDIRECT_URI", DEFAULTS);

describe("what the start accepts for redirects, the authorization flow can use", () => {
  it.each(ACCEPTED_ITEMS)("CONNECT_REDIRECT_ALLOW_HOSTS=%s", (item) => {
    const { config } = load({ CONNECT_REDIRECT_ALLOW_HOSTS: item });
    expect(createRedirectPolicy(config).rules).toHaveLength(1);
  });

  it.each(ACCEPTED_DEFAULTS)("CONNECT_DEFAULT_REDIRECT_URI=%s", (uri) => {
    const { config } = load({ CONNECT_DEFAULT_REDIRECT_URI: uri });
    expect(createRedirectPolicy(config).rules).toHaveLength(1);
  });

  it("and it accepts the good ones of each", () => {
    expect([ACCEPTED_ITEMS, ACCEPTED_DEFAULTS]).toEqual([ITEMS.slice(0, 7), DEFAULTS.slice(0, 6)]);
  });
});
