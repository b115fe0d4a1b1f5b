import { expect, it } from "vitest";
import { createRandom } from "../random.ts";
import { createScripts, type Script, type Subject } from "./scripts.ts";

const REQUEST: Subject = {
  endpoint: "token",
  clientId: "client",
  grantType: "refresh_token",
  grantId: "g-1",
  label: "connection-1",
};

const create = () => {
  let nowMs = 0;
  const scripts = createScripts(() => nowMs, createRandom(1, "scripts"));
  /** The status that a request gets; undefined = the vendor's own. */
  const statusOf = (changes: Partial<Subject> = {}) =>
    scripts.take({ ...REQUEST, ...changes })?.answer.status;
  return { scripts, statusOf, pass: (ms: number) => (nowMs += ms) };
};

const answering = (status: number, script: Partial<Script> = {}): Script => ({
  ...script,
  answer: { status },
});

it("answers the next requests in order, those with a count before those without", () => {
  const { scripts, statusOf } = create();
  const lasting = scripts.add(answering(500, { times: Infinity }));
  scripts.add(answering(501));
  scripts.add(answering(502, { times: 2 }));
  expect([1, 2, 3, 4, 5].map(() => statusOf())).toEqual([501, 502, 502, 500, 500]);
  expect(lasting.used).toBe(2);
  lasting.remove();
  expect([statusOf(), scripts.list()]).toEqual([undefined, []]);
});

it.each<[string, Partial<Script>, Partial<Subject>]>([
  ["endpoint", { endpoint: "token" }, { endpoint: "revoke" }],
  ["endpoint, token if none is said,", {}, { endpoint: "userinfo" }],
  ["client", { clientId: "client" }, { clientId: "other" }],
  ["grant type", { grantType: "refresh_token" }, { grantType: "authorization_code" }],
  ["grant id", { grant: "g-1" }, { grantId: "g-2", label: undefined }],
  ["label", { grant: "connection-1" }, { label: "connection-2" }],
  ["grant, where none is known,", { grant: "g-1" }, { grantId: undefined, label: undefined }],
])("asks for the %s", (_, script, other) => {
  const { scripts, statusOf } = create();
  scripts.add(answering(503, { ...script, times: 2 }));
  expect([statusOf(other), statusOf(), statusOf(other)]).toEqual([undefined, 503, undefined]);
});

it("answers in its window of time only, and there without a count", () => {
  const { scripts, statusOf, pass } = create();
  scripts.add(answering(503, { afterMs: 1000, forMs: 500 }));
  pass(999);
  expect(statusOf()).toBeUndefined();
  pass(1);
  expect([statusOf(), statusOf()]).toEqual([503, 503]);
  pass(500);
  expect(statusOf()).toBeUndefined();
});

it("answers its share of the requests", () => {
  const { scripts, statusOf } = create();
  const handle = scripts.add(answering(503, { share: 0.3, times: Infinity }));
  for (let request = 0; request < 2000; request += 1) statusOf();
  expect(handle.used).toBeGreaterThan(500);
  expect(handle.used).toBeLessThan(700);
});
