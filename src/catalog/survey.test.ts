import { describe, expect, it } from "vitest";
import leftOutData from "./data/left-out.json" with { type: "json" };
import mcpServersData from "./data/mcp-servers.json" with { type: "json" };
import { leftOutFile, mcpServersFile } from "./survey.ts";
import { templateNames } from "./templates.ts";

const { surveyed, leftOut, addedLater } = leftOutFile.parse(leftOutData);
const { servers } = mcpServersFile.parse(mcpServersData);

describe("the survey", () => {
  it("accounts for every name: used, listed as an MCP server, or left out with its reason", () => {
    const used = templateNames().filter((name) => !addedLater.includes(name));
    console.info(
      `survey: ${used.length} used + ${servers.length} MCP servers + ${leftOut.length} left out = ${surveyed}`,
    );
    expect(used.length + servers.length + leftOut.length).toBe(surveyed);
    expect(surveyed).toBe(914);
  });

  it("has no name in two places, and none twice", () => {
    const names = [
      ...templateNames(),
      ...servers.map(({ name }) => name),
      ...leftOut.map(({ name }) => name),
    ];
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
    expect(addedLater.filter((name) => !templateNames().includes(name))).toEqual([]);
  });

  it("is in alphabetical order", () => {
    for (const list of [leftOut, servers]) {
      const names = list.map(({ name }) => name);
      expect(names).toEqual(names.toSorted());
    }
  });
});
