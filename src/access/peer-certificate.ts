/**
 * What a TLS connection proved about its other end. The transport makes it at the handshake and hands it over with every request: whether it is still
 * good, and who it makes the caller, is decided here and at each request, because a connection may outlive its certificate.
 */
export interface PeerCertificate {
  /** The client's own certificate, DER. To be parsed: no text form of its names can be trusted (CVE-2021-44532). */
  readonly raw: Buffer;
  /**
   * The handshake found it good: signatures up to an authority of some bundle, the validity of every certificate in between, and that it is one for
   * clients. The connection stands also when it is not: nothing else in here may then be believed.
   */
  readonly verified: boolean;
  /** Why it is not verified, in OpenSSL's word ("CERT_HAS_EXPIRED"). */
  readonly problem: string | undefined;
  /** The end of the first certificate of the chain to end, in milliseconds since 1970. */
  readonly notAfterMs: number;
  /**
   * The trust domains whose bundle vouches for it, by the bundles as they are now; an empty name stands for a bundle without one. An authority that was
   * taken out of its file since the handshake vouches for nobody any more.
   */
  vouchers(): readonly string[];
}
