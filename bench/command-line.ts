/** The value of an option that counts or measures something. */
export function positive(option: string, text: string, usage: string): number {
  const value = Number(text);
  if (!(value > 0)) {
    throw new Error(`--${option} ${text}: expected a number above 0\n${usage}`);
  }
  return value;
}

/** One line that is written over, on a terminal only. */
export function progress(text: string): void {
  if (process.stderr.isTTY) {
    process.stderr.write(`\r\u001B[K${text}`);
  }
}
