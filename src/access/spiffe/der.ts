/** One element of DER (X.690), as far as certificates need it. */
export interface Element {
  readonly tag: number;
  readonly content: Buffer;
}

export class DerError extends Error {
  override name = "DerError";
}

/** All elements that stand one after the other. @throws DerError for what is not whole. */
export const readElements = (bytes: Buffer): Element[] => {
  const elements: Element[] = [];
  for (let at = 0; at < bytes.length;) {
    const { element, next } = readElement(bytes, at);
    elements.push(element);
    at = next;
  }
  return elements;
};

const readElement = (bytes: Buffer, at: number): { readonly element: Element; readonly next: number } => {
  const tag = byteAt(bytes, at);
  if ((tag & 0x1f) === 0x1f) throw new DerError("a long tag");
  const { length, start } = readLength(bytes, at + 1);
  const next = start + length;
  if (next > bytes.length) throw new DerError("cut off");
  return { element: { tag, content: bytes.subarray(start, next) }, next };
};

const readLength = (bytes: Buffer, at: number): { readonly length: number; readonly start: number } => {
  const first = byteAt(bytes, at);
  if (first < 0x80) return { length: first, start: at + 1 };
  const count = first & 0x7f;
  if (count === 0 || count > 4) throw new DerError("a length of no certificate");
  let length = 0;
  for (let index = 1; index <= count; index += 1) length = length * 256 + byteAt(bytes, at + index);
  return { length, start: at + 1 + count };
};

const byteAt = (bytes: Buffer, at: number): number => {
  const byte = bytes[at];
  if (byte === undefined) throw new DerError("cut off");
  return byte;
};
