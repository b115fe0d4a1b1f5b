import fc from "fast-check";

/** How many cases a property is tried with, and from which seed. A failure prints both seed and path; `FUZZ_SEED` repeats a run. */
export const cases = (count: number): { readonly numRuns: number; readonly seed?: number } => {
  const seed = process.env["FUZZ_SEED"];
  if (seed === undefined) return { numRuns: count };
  if (!/^-?\d+$/.test(seed)) throw new Error("FUZZ_SEED must be a whole number, as a failure prints it");
  return { numRuns: count, seed: Number(seed) };
};

const NASTY = [
  "",
  " ",
  "\0",
  "a\r\nb: c",
  "../../x",
  "__proto__",
  "constructor",
  "%zz%00",
  "%c0%af",
  "\u202e",
  "\ud800",
  "💥".repeat(64),
  "x".repeat(4097),
  "' or 1=1 --",
  "${jndi:ldap://x}",
  "<script>alert(1)</script>",
  "javascript:alert(1)",
  "//evil.example",
  "https://user:pass@evil.example/#x",
  "http://127.0.0.1:1/",
  "9".repeat(400),
  "-1",
  "1e309",
  "default",
  "acme",
  "00000000-0000-4000-8000-000000000000",
];

/** Texts that programs stumble over, and any others. */
export const nastyText: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...NASTY),
  fc.string({ unit: "binary", maxLength: 300 }),
  fc.string({ maxLength: 40 }),
);

/** Anything that JSON can hold. */
export const anyJson: fc.Arbitrary<unknown> = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  nastyText,
  fc.constantFrom(null, true, 0, -1, 1e308, 3600.7, [], {}, [[]], "3600", 1e18),
);
