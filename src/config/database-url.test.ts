import { describe, expect, it } from "vitest";
import { isLocalDatabase, parseDatabaseUrl } from "./database-url.ts";

const parts = (text: string) => {
  const url = new URL(parseDatabaseUrl(text) ?? "invalid:");
  return [url.username, url.password, url.hostname, url.port, url.pathname].map(decodeURIComponent);
};

describe("parseDatabaseUrl", () => {
  it.each([
    ["postgres://u:p@host:5432/db", ["u", "p", "host", "5432", "/db"]],
    ["postgresql://host/db", ["", "", "host", "", "/db"]],
    ["postgres://u:p%40ss%2F%23@host/db", ["u", "p@ss/#", "host", "", "/db"]],
    ["postgres://u:p@ss/#@host/db", ["u", "p@ss/#", "host", "", "/db"]],
    ["postgres://u:p@ss@host:6/db", ["u", "p@ss", "host", "6", "/db"]],
    ["postgres://u:100%@host/db", ["u", "100%", "host", "", "/db"]],
    ["postgres://u:a?b&c=d@host/db", ["u", "a?b&c=d", "host", "", "/db"]],
    ["postgres://u:a:b@host/db", ["u", "a:b", "host", "", "/db"]],
    ["postgres://u@host/db?sslmode=require", ["u", "", "host", "", "/db"]],
    ["postgres://u:p@[::1]:5432/db", ["u", "p", "[::1]", "5432", "/db"]],
  ])("reads %s", (text, expected) => {
    expect(parts(text)).toEqual(expected);
  });

  it("keeps the query", () => {
    expect(parseDatabaseUrl("postgres://u:p@ss@h/db?sslmode=require")).toContain("?sslmode=require");
  });

  it.each([
    "",
    "host/db",
    "mysql://host/db",
    "postgres:/host/db",
    "postgres://host",
    "postgres://host/",
    "postgres://host:port/db",
    "postgres://ho st/db",
    "postgres://host/db#x",
  ])("refuses %j", (text) => {
    expect(parseDatabaseUrl(text)).toBeUndefined();
  });
});

describe("isLocalDatabase", () => {
  it.each([
    ["postgres://localhost/db", true],
    ["postgres://127.0.0.1/db", true],
    ["postgres://[::1]/db", true],
    ["postgres:///db", true],
    ["postgres:///db?host=/run/postgresql", true],
    ["postgres://%2Frun%2Fpostgresql/db", true],
    ["postgres://localhost/db?host=db.example.com", false],
    ["postgres://db.example.com/db", false],
    ["postgres://10.0.0.1/db", false],
    ["postgres://localhost.example.com/db", false],
  ])("%s: %s", (url, expected) => {
    expect(isLocalDatabase(url)).toBe(expected);
  });
});
