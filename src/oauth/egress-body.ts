import { promisify } from "node:util";
import { brotliDecompress, gunzip, inflate, inflateRaw } from "node:zlib";

/** The body is larger than allowed, compressed or decompressed. */
export class BodyTooLarge extends Error {}
/** The body's content encoding is unknown, stacked or broken. */
export class BodyUndecodable extends Error {}

/**
 * The whole body as it came, read no further than `maxBytes`.
 *
 * @throws BodyTooLarge, or the stream's own error.
 */
export const readBytes = async (
  body: AsyncIterable<Buffer>,
  maxBytes: number,
): Promise<Buffer<ArrayBuffer>> => {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > maxBytes) throw new BodyTooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
};

type Decompress = (bytes: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>;

const gunzipBytes: Decompress = promisify(gunzip);
const brotliBytes: Decompress = promisify(brotliDecompress);
const inflateBytes: Decompress = promisify(inflate);
const inflateRawBytes: Decompress = promisify(inflateRaw);

/** RFC 9110 section 8.4.1. "deflate" means the zlib format, whose first byte ends in 8; some servers send the raw one. */
const DECOMPRESSORS: ReadonlyMap<string, Decompress> = new Map<string, Decompress>([
  ["gzip", gunzipBytes],
  ["x-gzip", gunzipBytes],
  ["br", brotliBytes],
  [
    "deflate",
    (bytes, options) => (((bytes[0] ?? 0) & 0x0f) === 8 ? inflateBytes : inflateRawBytes)(bytes, options),
  ],
]);

/**
 * Undoes one content encoding. `maxBytes` counts what comes out: 292 kB of gzip can be 300 MB.
 *
 * @throws BodyTooLarge, BodyUndecodable.
 */
export const decompress = async (
  bytes: Buffer<ArrayBuffer>,
  contentEncoding: string,
  maxBytes: number,
): Promise<Buffer> => {
  const encodings = contentEncoding
    .split(",")
    .map((item) => item.trim().toLowerCase())
    .filter((item) => item !== "" && item !== "identity");
  if (encodings.length === 0 || bytes.length === 0) return bytes;
  const undo = encodings.length === 1 ? DECOMPRESSORS.get(encodings[0] ?? "") : undefined;
  if (undo === undefined) throw new BodyUndecodable();
  try {
    return await undo(bytes, { maxOutputLength: maxBytes });
  } catch (error) {
    throw isTooLarge(error) ? new BodyTooLarge() : new BodyUndecodable();
  }
};

const isTooLarge = (error: unknown): boolean =>
  error instanceof RangeError && "code" in error && error.code === "ERR_BUFFER_TOO_LARGE";
