/**
 * The net under every secret: tests use canaries where a secret is wanted and record whatever the product lets out (logs, error
 * texts, pages, the output of child processes). At the end of the run no canary may be found in any of it.
 */
import { randomBytes } from "node:crypto";
import { appendFileSync, createReadStream, existsSync } from "node:fs";
import { createInterface } from "node:readline";

const MARK = "CANARY-";

/** Names the file of the run; set by the global setup and inherited by workers and child processes. */
export const OUTPUT_FILE_VARIABLE = "BROKER_TEST_OUTPUT";

/** A canary is recognised across two writes when its second half comes next from the same source. */
const OVERLAP_CHARACTERS = 200;

const PLAIN = /CANARY-([a-z0-9_]+)-[0-9a-f]{32}/g;

/** The mark in base64 at each of its three alignments, as in an `authorization: Basic` header. */
const ENCODED = new RegExp([0, 1, 2].map(encodedMark).join("|"));

/** Where a canary came out, and which secret it stood for; never its value. */
export interface Leak {
  source: string;
  kind: string;
}

/** A new secret such as `CANARY-refresh_token-…`, safe in a URL, a header and a form. `kind`: lower-case letters, digits and `_`. */
export function canary(kind: string): string {
  if (!/^[a-z0-9_]+$/.test(kind)) {
    throw new Error(`canary kind ${JSON.stringify(kind)}: use lower-case letters, digits and _`);
  }
  return `${MARK}${kind}-${randomBytes(16).toString("hex")}`;
}

/** The kinds of the canaries in a text, each once; `base64` for one that is encoded. */
export function canariesIn(text: string): string[] {
  const plain = [...text.matchAll(PLAIN)].map(([, kind = ""]) => kind);
  return [...new Set(ENCODED.test(text) ? [...plain, "base64"] : plain)];
}

/** Keeps what the product let out, to be searched at the end of the run. `source` says where to look: a file, a page, an RPC. */
export function recordOutput(source: string, text: string): void {
  const file = process.env[OUTPUT_FILE_VARIABLE];
  if (file === undefined) {
    throw new Error(`recordOutput works in a test run: ${OUTPUT_FILE_VARIABLE} is not set`);
  }
  appendFileSync(file, `${JSON.stringify({ source, text })}\n`);
}

/** Every leak in the recorded output, each once. */
export async function findLeaks(file: string): Promise<Leak[]> {
  if (!existsSync(file)) {
    return [];
  }
  const leaks = new Map<string, Leak>();
  const tails = new Map<string, string>();
  for await (const line of createInterface({ input: createReadStream(file) })) {
    const { source, text } = JSON.parse(line) as { source: string; text: string };
    const continued = (tails.get(source) ?? "") + text;
    tails.set(source, continued.slice(-OVERLAP_CHARACTERS));
    for (const kind of canariesIn(continued)) {
      leaks.set(`${source}\n${kind}`, { source, kind });
    }
  }
  return [...leaks.values()];
}

/** Characters that do not depend on what stands before or after the mark. */
function encodedMark(alignment: number): string {
  const encoded = Buffer.from("\0".repeat(alignment) + MARK).toString("base64");
  const firstWhole = Math.ceil((alignment * 8) / 6);
  const wholeUntil = Math.floor(((alignment + MARK.length) * 8) / 6);
  return encoded.slice(firstWhole, wholeUntil).replaceAll(/[+]/g, "\\$&");
}
