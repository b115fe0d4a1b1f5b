/** Whether a text is one of those that a pattern means. */
export type Matcher = (text: string) => boolean;

const ANYTHING: Matcher = () => true;
const STARS = /\*+/g;
const SPECIAL = /[\\^$.|?+()[\]{}]/g;

/**
 * One pattern of a policy: `*` stands for any characters but `/` and `:`, which separate the parts of a SPIFFE ID and of a subject, so that it never
 * reaches into the next part; `**` stands for any characters. Everything else stands for itself. The whole text must match.
 */
export const compilePattern = (pattern: string): Matcher => {
  if (!pattern.includes("*")) return (text) => text === pattern;
  if (pattern === "**") return ANYTHING;
  const [start = "", end] = pattern.split("**");
  if (end === "" && !start.includes("*")) return (text) => text.startsWith(start);
  const source = pattern
    .replaceAll(SPECIAL, String.raw`\$&`)
    .replaceAll(STARS, (stars) => (stars.length === 1 ? "[^/:]*" : ".*"));
  const expression = new RegExp(`^${source}$`, "su");
  return (text) => expression.test(text);
};

/** Whether any of the patterns means the text. Plain names are found at once, however many there are. */
export const compilePatterns = (patterns: readonly string[]): Matcher => {
  const names = new Set(patterns.filter((pattern) => !pattern.includes("*")));
  const others = patterns.filter((pattern) => pattern.includes("*")).map(compilePattern);
  if (others.includes(ANYTHING)) return ANYTHING;
  if (others.length === 0) return (text) => names.has(text);
  return (text) => names.has(text) || others.some((matches) => matches(text));
};
