import { describe, expect, it } from "vitest";
import { auditReport } from "../../scripts/audit/report.ts";

const ADVISORY = {
  title: "Secrets are printed",
  url: "https://github.com/advisories/GHSA-0000-0000-0000",
  severity: "high",
  range: "<2.0.0",
};

const vulnerability = (name: string, via: readonly unknown[], more: object = {}) => ({
  name,
  severity: "high",
  isDirect: false,
  nodes: [`node_modules/${name}`],
  via,
  range: "<2.0.0",
  fixAvailable: false,
  ...more,
});

const reportOf = (...found: ReturnType<typeof vulnerability>[]): string =>
  JSON.stringify({
    auditReportVersion: 2,
    vulnerabilities: Object.fromEntries(found.map((one) => [one.name, one])),
  });

const LOCK = {
  packages: {
    "node_modules/inner": {},
    "node_modules/outer": {},
    "node_modules/tool": { dev: true },
  },
};

describe("npm run audit", () => {
  it.each([
    '{"message":"405 Method Not Allowed - POST https://registry.example/advisories/bulk","statusCode":405}',
    '{"error":{"code":"ENOLOCK"}}',
    "",
    "<html>",
    "null",
    '{"auditReportVersion":2}',
  ])("says that nothing was checked, and not that all is well, for %s", (answer) => {
    const { outcome, lines } = auditReport({ answer, lock: LOCK, assessments: [] });
    expect(outcome).toBe("not_checked");
    expect(lines[0]).toMatch(/^not checked: /);
    expect(lines.join("\n")).not.toMatch(/no known|clean/);
  });

  it("says what is clean", () => {
    const { outcome, lines } = auditReport({ answer: reportOf(), lock: LOCK, assessments: [] });
    expect([outcome, ...lines]).toEqual(["clean", "no known advisory concerns a package of the lock file"]);
  });

  it("explains each finding, and fails for one that ships", () => {
    const below = vulnerability("inner", [ADVISORY], { fixAvailable: { name: "outer", version: "3.0.0" } });
    const above = vulnerability("outer", ["inner"], { isDirect: true, fixAvailable: true });
    const tool = vulnerability("tool", [{ ...ADVISORY, title: "Slow" }]);
    const { outcome, lines } = auditReport({
      answer: reportOf(below, above, tool),
      lock: LOCK,
      assessments: [],
    });
    expect(outcome).toBe("findings");
    expect(lines).toEqual([
      "inner <2.0.0: high, in what a release installs, a dependency of a dependency",
      "  Secrets are printed (high, versions <2.0.0): https://github.com/advisories/GHSA-0000-0000-0000",
      "  fixed with outer 3.0.0",
      "outer <2.0.0: high, in what a release installs, a dependency of ours",
      "  because of inner",
      "  a newer version within the range of package.json: npm audit fix",
      "tool <2.0.0: high, only where the product is developed, a dependency of a dependency",
      "  Slow (high, versions <2.0.0): https://github.com/advisories/GHSA-0000-0000-0000",
      "  no fixed version yet",
    ]);
  });

  it("does not fail for what only developers have, nor for what was assessed", () => {
    const tool = vulnerability("tool", [ADVISORY]);
    expect(auditReport({ answer: reportOf(tool), lock: LOCK, assessments: [] }).outcome).toBe("assessed");
    const inner = vulnerability("inner", [ADVISORY, "outer"]);
    const outer = vulnerability("outer", ["inner"]);
    const assessments = [{ advisory: ADVISORY.url, why: "it prints nothing of ours" }];
    const { outcome, lines } = auditReport({ answer: reportOf(inner, outer), lock: LOCK, assessments });
    expect(outcome).toBe("assessed");
    expect(lines.join("\n")).toContain("assessed: it prints nothing of ours");
    const unknown = vulnerability("inner", ["nobody"]);
    expect(auditReport({ answer: reportOf(unknown), lock: LOCK, assessments }).outcome).toBe("findings");
  });
});
