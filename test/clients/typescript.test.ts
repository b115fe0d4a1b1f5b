/** What every client does, done by the TypeScript client. Its other transports are in typescript-transports.system.test.ts. */
import { expect, it } from "vitest";
import { cases, describeCases } from "./describe-cases.ts";

describeCases(["Connect over HTTP/2"]);

it("cases have names of their own", () => {
  expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length);
});
