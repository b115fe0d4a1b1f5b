import { describe, expect, it } from "vitest";
import { completeFilter, type Filterable, matcherOf } from "./provider-filter.ts";

const drive: Filterable = {
  name: "google-drive",
  displayName: "Google Drive",
  aliases: ["GDrive", "Alphabet_Storage"],
  category: "storage",
  confidence: "confirmed",
  isActive: false,
  isForLogin: false,
};

const finds = (filter: Parameters<typeof completeFilter>[0], provider: Partial<Filterable> = {}): boolean =>
  matcherOf(completeFilter(filter))({ ...drive, ...provider });

describe("a provider filter", () => {
  it.each([
    "",
    "  ",
    "google",
    "DRIVE",
    "google drive",
    "drive google",
    "google-drive",
    "oogle-dri",
    "gdrive",
    "alphabet storage",
    "\uff27oogle",
  ])("finds by %j", (query) => {
    expect(finds({ query })).toBe(true);
  });

  it.each(["googledrive", "google docs", "g\u0000", ".*", "storage-"])("does not find by %j", (query) => {
    expect(finds({ query })).toBe(false);
  });

  it("narrows by everything at once", () => {
    expect(finds({ category: "storage", confidences: ["contested", "confirmed"], query: "drive" })).toBe(
      true,
    );
    expect(finds({ category: "crm" })).toBe(false);
    expect(finds({ confidences: ["contested"] })).toBe(false);
    expect(finds({ activeOnly: true })).toBe(false);
    expect(finds({ activeOnly: true }, { isActive: true })).toBe(true);
    expect(finds({ loginOnly: true })).toBe(false);
    expect(finds({ loginOnly: true }, { isForLogin: true })).toBe(true);
  });

  it("refuses a category that is none, and names those there are", () => {
    expect(() => finds({ category: "CRM" })).toThrow(/^category: must be one of .*crm.*other/);
    expect(finds({ category: "other" }, { category: "other" })).toBe(true);
  });

  it("has one form for what means the same", () => {
    expect(
      completeFilter({ query: " Google   DRIVE ", confidences: ["contested", "confirmed", "contested"] }),
    ).toEqual(completeFilter({ query: "google drive", confidences: ["confirmed", "contested"] }));
  });
});
