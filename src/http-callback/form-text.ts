const ASCII = /^[\x21-\x7e]*$/;

/**
 * Parameters from a query or a form body (`application/x-www-form-urlencoded`), or undefined where the text is malformed: a raw character outside
 * printable ASCII, an escape that is none (`%zz`), bytes that are not UTF-8 (overlong forms among them), or a NUL. `URLSearchParams` alone would
 * repair all of these silently, and two readers that repair differently disagree about what was said.
 *
 * Order and repetitions are kept; judging them is the flow's.
 */
export const decodeForm = (text: string): URLSearchParams | undefined => {
  if (!ASCII.test(text)) return undefined;
  const params = new URLSearchParams();
  for (const pair of text.split("&")) {
    if (pair === "") continue;
    const [name, value] = splitPair(pair).map(decodeComponent);
    if (name === undefined || value === undefined) return undefined;
    params.append(name, value);
  }
  return params;
};

const splitPair = (pair: string): [string, string] => {
  const at = pair.indexOf("=");
  return at === -1 ? [pair, ""] : [pair.slice(0, at), pair.slice(at + 1)];
};

const decodeComponent = (text: string): string | undefined => {
  try {
    const decoded = decodeURIComponent(text.replaceAll("+", " "));
    return decoded.includes("\0") ? undefined : decoded;
  } catch {
    return undefined;
  }
};
