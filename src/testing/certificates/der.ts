/** ASN.1 in DER (X.690), as much of it as an X.509 certificate needs. */

/** One element: tag, length, content. */
export const der = (tag: number, ...contents: readonly Uint8Array[]): Uint8Array => {
  const content = Buffer.concat(contents);
  return Buffer.concat([Buffer.from([tag]), lengthOf(content.length), content]);
};

/** X.690 section 8.1.3: one byte up to 127, else the number of bytes and the bytes. */
const lengthOf = (length: number): Uint8Array => {
  if (length < 0x80) return Buffer.from([length]);
  const bytes = Buffer.from(length.toString(16).padStart(length > 0xff ? 4 : 2, "0"), "hex");
  return Buffer.concat([Buffer.from([0x80 | bytes.length]), bytes]);
};

export const sequence = (...contents: readonly Uint8Array[]): Uint8Array => der(0x30, ...contents);
export const set = (...contents: readonly Uint8Array[]): Uint8Array => der(0x31, ...contents);
export const integer = (bytes: Uint8Array): Uint8Array => der(0x02, bytes);
export const boolean = (value: boolean): Uint8Array => der(0x01, Buffer.from([value ? 0xff : 0]));
export const octets = (content: Uint8Array): Uint8Array => der(0x04, content);
export const bits = (content: Uint8Array, unused = 0): Uint8Array =>
  der(0x03, Buffer.from([unused]), content);
export const utf8 = (text: string): Uint8Array => der(0x0c, Buffer.from(text));
/** `[tag]`, constructed. */
export const tagged = (tag: number, ...contents: readonly Uint8Array[]): Uint8Array =>
  der(0xa0 | tag, ...contents);
/** `[tag]`, primitive. */
export const plainTagged = (tag: number, content: Uint8Array): Uint8Array => der(0x80 | tag, content);

/** GeneralizedTime, which RFC 5280 section 4.1.2.5 wants from the year 2050 on, and parsers take before. */
export const time = (date: Date): Uint8Array =>
  der(0x18, Buffer.from(date.toISOString().replaceAll(/[-:T]|\.\d+/g, "")));

/** `1.2.840.10045.4.3.2` */
export const oid = (dotted: string): Uint8Array => {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  return der(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
};

const base128 = (value: number): number[] => {
  const digits = [value & 0x7f];
  for (let left = value >> 7; left > 0; left >>= 7) digits.unshift((left & 0x7f) | 0x80);
  return digits;
};
