/** A place in a file, as V8 writes it. */
const FRAME =
  /^\s+at ((?:(?:async |new )?[\p{L}\w$.<>[\]# ]{1,200} \()?(?:file:\/\/\/|node:|\/)[^\s()]{1,400}:\d+:\d+\)?)$/u;

/**
 * Where an error came from: the frames of its stack and nothing of its message, which a stack begins with and which may have lines of its own that look like
 * frames. Of a stack that does not hold the message nobody knows where it ends, so nothing is told.
 */
export const stackFrames = (error: unknown): readonly string[] => {
  if (!(error instanceof Error)) return [];
  const { message, stack } = error as { readonly message: unknown; readonly stack?: unknown };
  if (typeof message !== "string" || typeof stack !== "string") return [];
  const at = stack.indexOf(message);
  if (at === -1) return [];
  return stack
    .slice(at + message.length)
    .split("\n")
    .flatMap((line) => FRAME.exec(line)?.[1] ?? []);
};
