/** Where a value of a JSON text begins: the line of its key, or of the value itself in a list. */
type Lines = Readonly<Record<string, number>>;

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;

/** One open object or list while reading. */
interface Frame {
  readonly path: string;
  readonly isList: boolean;
  index: number;
  key: string;
}

/**
 * The line of every value of a JSON text, counted from 1, by its path (`pathKey`). The text must be JSON:
 * `JSON.parse` accepts it.
 */
export const jsonLines = (text: string): Lines => {
  const lines: Record<string, number> = {};
  const frames: Frame[] = [];
  const lineAt = lineCounter(text);
  let expectsKey = false;
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    const frame = frames.at(-1);
    if (token === ":") continue;
    if (token === ",") {
      if (frame?.isList) frame.index += 1;
      expectsKey = frame !== undefined && !frame.isList;
    } else if (token === "}" || token === "]") {
      frames.pop();
      expectsKey = false;
    } else if (expectsKey && frame) {
      frame.key = JSON.parse(token) as string;
      lines[placeIn(frame)] = lineAt(index);
      expectsKey = false;
    } else {
      const path = frame === undefined ? "" : placeIn(frame);
      lines[path] ??= lineAt(index);
      if (token === "{" || token === "[") frames.push({ path, isList: token === "[", index: 0, key: "" });
      expectsKey = token === "{";
    }
  }
  return lines;
};

/** How `jsonLines` writes a path. */
export const pathKey = (path: readonly PropertyKey[]): string =>
  path.map((part) => `/${String(part)}`).join("");

const placeIn = (frame: Frame): string => `${frame.path}/${frame.isList ? frame.index : frame.key}`;

/** Positions are asked for in rising order. */
const lineCounter = (text: string): ((position: number) => number) => {
  let line = 1;
  let read = 0;
  return (position) => {
    for (; read < position; read += 1) if (text[read] === "\n") line += 1;
    return line;
  };
};
