import { describe, expect, it } from "vitest";
import { readConnectionUrl } from "./connection-url.ts";

describe("readConnectionUrl", () => {
  it.each([
    ["postgres://u:secret@db.test/broker", "broker", "db.test:5432"],
    ["postgresql://u:secret@db.test:6543/my%20db?sslmode=verify-full", "my db", "db.test:6543"],
    ["postgres:///broker?host=/var/run/postgresql", "broker", "/var/run/postgresql:5432"],
    ["postgres:///broker", "broker", "localhost:5432"],
    ["postgres://u@[::1]:5433/broker", "broker", "[::1]:5433"],
  ])("shows database and address of %s", (url, database, address) => {
    expect(readConnectionUrl(url)).toEqual({ database, address });
  });

  it.each(["", "secret", "mysql://u:secret@h/db", "postgres://u:secret@h", "postgres://u:secret@h:port/db"])(
    "refuses %j, naming the variable and no part of it",
    (url) => {
      const read = () => readConnectionUrl(url);
      expect(read).toThrow("BROKER_DATABASE_URL");
      expect(read).not.toThrow("secret");
    },
  );
});
