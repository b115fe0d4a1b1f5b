import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { contentSecurityPolicy } from "./page-style.ts";
import * as pages from "./pages.ts";

const { resultPages, ...others } = pages;
const all = Object.entries({ ...resultPages, ...others }).map(
  ([name, { body }]) => [name, body.toString()] as const,
);

describe("every page", () => {
  it.each(all)("%s needs nothing but its own bytes", (_, html) => {
    expect(html).not.toMatch(/<(script|img|link|iframe|form|a|object|base)\b/i);
    expect(html).not.toMatch(/\b(on[a-z]+|style|src|href)\s*=/i);
    expect(html).not.toMatch(/https?:|url\(|@import|javascript:/i);
    expect(Buffer.byteLength(html)).toBeLessThan(4096);
  });

  it.each(all)("%s is readable by people and their tools", (_, html) => {
    expect(html).toMatch(/^<!doctype html>\n<html lang="en">/);
    expect(html).toContain('<meta name="viewport" content="width=device-width, initial-scale=1">');
    const title = /<title>([^<]+)<\/title>/.exec(html)?.[1];
    expect([...html.matchAll(/<h1>([^<]+)<\/h1>/g)].map(([, heading]) => heading)).toEqual([title]);
    expect(html.match(/<main\b/g)).toHaveLength(1);
    expect(html).toMatch(/<svg [^>]*aria-hidden="true"/);
    expect(html).toContain("prefers-color-scheme:dark");
  });

  it.each(all)("%s has the style that the policy allows, and no other", (_, html) => {
    const styles = [...html.matchAll(/<style>([\s\S]*?)<\/style>/g)].map(([, style = ""]) => style);
    const hashes = styles.map((style) => createHash("sha256").update(style).digest("base64"));
    expect(contentSecurityPolicy).toContain(`style-src 'sha256-${hashes[0]}'`);
    expect(hashes).toHaveLength(1);
  });

  it("differs from every other", () => {
    expect(new Set(all.map(([, html]) => html)).size).toBe(all.length);
  });
});

/** WCAG 2.2, 1.4.3: 4.5 to 1 for text. */
describe("the style", () => {
  const css = all[0]?.[1] ?? "";
  const [light = "", dark = ""] = [...css.matchAll(/:root\{([^}]*)\}/g)].map(([, rules = ""]) => rules);
  const colour = (rules: string, name: string): string =>
    new RegExp(`--${name}:(#[0-9a-f]+)`).exec(rules)?.[1] ?? "";

  it.each(["text", "quiet", "good", "bad", "wait"])("has enough contrast for %s, light and dark", (name) => {
    for (const rules of [light, dark]) {
      expect(contrast(colour(rules, name), colour(rules, "card"))).toBeGreaterThanOrEqual(4.5);
    }
  });
});

const contrast = (a: string, b: string): number => {
  const [low = 0, high = 0] = [luminance(a), luminance(b)].toSorted((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
};

const luminance = (hex: string): number => {
  const digits = hex.length === 4 ? hex.replaceAll(/[0-9a-f]/g, "$&$&") : hex;
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const channel = Number.parseInt(digits.slice(at, at + 2), 16) / 255;
    return channel <= 0.039_28 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
