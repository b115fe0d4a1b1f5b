import { fromJson, type JsonValue } from "@bufbuild/protobuf";
import { createValidator } from "@bufbuild/protovalidate";
import { describe, expect, it } from "vitest";
import { TokenBrokerAdminService } from "../../gen/ts/tokenbroker/v1/admin_pb.ts";
import { TokenBrokerLoginService } from "../../gen/ts/tokenbroker/v1/login_pb.ts";
import { TokenBrokerService } from "../../gen/ts/tokenbroker/v1/token_broker_service_pb.ts";
import { codeBlocks, writtenPages } from "./pages.ts";

interface Request {
  readonly path: string;
  readonly method: string;
  readonly body: string;
}

/** A line of curl or buf curl with its JSON, or one of the shell function `call` that the buf page defines. */
const REQUESTS = [
  /TokenBroker(?:Login|Admin)?Service\/(\w+)(?:(?!TokenBroker(?:Login|Admin)?Service).)*?(?:--json|--data|-d) '([^']*)'/gs,
  /\$(?:LOGIN|ADMIN)\/(\w+) --data '([^']*)'/g,
  /^call (\w+) '([^']*)'/gm,
];

const requests: Request[] = writtenPages().flatMap((page) =>
  codeBlocks(page, "sh").flatMap((code) =>
    REQUESTS.flatMap((pattern) =>
      [...code.matchAll(pattern)].map(([, method = "", body = ""]) => ({ path: page.path, method, body })),
    ),
  ),
);

const METHODS = [TokenBrokerService, TokenBrokerLoginService, TokenBrokerAdminService].flatMap(
  ({ methods }) => methods,
);

const validator = createValidator();

/** `…` stands for something of the reader's. */
const parse = (body: string): JsonValue => JSON.parse(body.replaceAll("…", "x")) as JsonValue;

describe("requests in the documentation", () => {
  it("are found", () => {
    expect(requests.length).toBeGreaterThan(20);
  });

  it.each(requests)("$path: $method $body", ({ method, body }) => {
    const input = METHODS.find(({ name }) => name === method)?.input;
    if (!input) throw new Error(`no such method: ${method}`);
    const result = validator.validate(input, fromJson(input, parse(body)));
    expect(result.kind === "invalid" ? result.violations.map(String) : result.kind).toBe("valid");
  });

  it("show every RPC on the buf curl page", () => {
    const page = "docs/how-to/operate-with-buf-curl.md";
    const shown = new Set(requests.filter(({ path }) => path === page).map(({ method }) => method));
    expect(METHODS.map(({ name }) => name).filter((name) => !shown.has(name))).toEqual([]);
  });
});
