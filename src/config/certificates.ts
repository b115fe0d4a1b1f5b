import { X509Certificate } from "node:crypto";

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** The certificates of a PEM text, in their order. @throws Error when there is none, or one cannot be read. */
export const parseCertificates = (text: string): readonly [X509Certificate, ...X509Certificate[]] => {
  const [first, ...others] = text.match(CERTIFICATE)?.map((pem) => new X509Certificate(pem)) ?? [];
  if (first === undefined) throw new Error("no certificate");
  return [first, ...others];
};
