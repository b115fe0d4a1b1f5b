import { describe } from "vitest";
import { describeConformance } from "./conformance.ts";

describe("the MCP conformance suite, bare URLs", () => {
  describeConformance("bare");
});
