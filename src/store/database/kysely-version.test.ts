import { expect, it } from "vitest";
import { checkKyselyVersion, resolvedKyselyVersion } from "./kysely-version.ts";

it("refuses the release that stops answering, with the line to add", () => {
  expect(() => checkKyselyVersion("0.29.6")).toThrow('"overrides": {"kysely": "0.29.9"}');
});

it("passes the release that @mikro-orm/sql resolves here", () => {
  expect(resolvedKyselyVersion()).toMatch(/^\d+\.\d+\.\d+$/);
  expect(() => checkKyselyVersion()).not.toThrow();
});
