import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { BodyTooLarge, BodyUndecodable, decompress, readBytes } from "./egress-body.ts";

const text = Buffer.from('{"access_token":"a"}');
const LIMIT = 1024;

const stream = async function* (...chunks: readonly Buffer[]): AsyncGenerator<Buffer> {
  yield* chunks;
};

describe("readBytes", () => {
  it("joins the chunks", async () => {
    expect(await readBytes(stream(Buffer.from("a"), Buffer.from("b")), 2)).toEqual(Buffer.from("ab"));
  });

  it("reads no further than the limit", async () => {
    let chunks = 0;
    const endless = async function* (): AsyncGenerator<Buffer> {
      for (;;) {
        chunks += 1;
        yield Buffer.alloc(100);
      }
    };
    await expect(readBytes(endless(), LIMIT)).rejects.toThrow(BodyTooLarge);
    expect(chunks).toBe(11);
  });
});

describe("decompress", () => {
  it.each([
    ["", text],
    ["identity", text],
    ["gzip", gzipSync(text)],
    ["GZIP", gzipSync(text)],
    ["x-gzip", gzipSync(text)],
    ["identity, gzip", gzipSync(text)],
    ["br", brotliCompressSync(text)],
    ["deflate", deflateSync(text)],
    ["deflate", deflateRawSync(text)],
  ])("undoes %j", async (encoding, bytes) => {
    expect((await decompress(Buffer.from(bytes), encoding, LIMIT)).toString()).toBe(text.toString());
  });

  it.each([
    ["gzip", text],
    ["gzip", gzipSync(text).subarray(0, 20)],
    ["br", text],
    ["deflate", gzipSync(text)],
    ["zstd", text],
    ["gzip, gzip", gzipSync(gzipSync(text))],
    [Array.from({ length: 50 }, () => "gzip").join(", "), gzipSync(text)],
  ])("refuses %j over what it does not describe", async (encoding, bytes) => {
    await expect(decompress(Buffer.from(bytes), encoding, LIMIT)).rejects.toThrow(BodyUndecodable);
  });

  it.each([
    ["gzip", gzipSync],
    ["br", brotliCompressSync],
    ["deflate", deflateSync],
    ["deflate", deflateRawSync],
  ])("counts what comes out of %s", async (encoding, compress) => {
    const fits = compress(Buffer.alloc(LIMIT, " "));
    expect(await decompress(Buffer.from(fits), encoding, LIMIT)).toHaveLength(LIMIT);
    const bomb = compress(Buffer.alloc(LIMIT + 1, " "));
    await expect(decompress(Buffer.from(bomb), encoding, LIMIT)).rejects.toThrow(BodyTooLarge);
  });

  it("leaves an empty body alone", async () => {
    expect(await decompress(Buffer.alloc(0), "gzip", LIMIT)).toHaveLength(0);
  });
});
