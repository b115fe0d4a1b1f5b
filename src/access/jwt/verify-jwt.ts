import { decodeJwt, errors, type JWTPayload, jwtVerify } from "jose";
import type { JwtIssuer } from "../../config/index.ts";
import type { FindKey } from "./parse-key-set.ts";

/** An issuer with its keys. */
export interface TrustedIssuer extends JwtIssuer {
  readonly findKey: FindKey;
}

export interface Identity {
  /** The issuer's name in the file. */
  readonly issuer: string;
  /** The claim that names who it is. */
  readonly value: string;
}

/** Why a token is no proof, for the log: never a part of the token. */
export class JwtProblem extends Error {
  override name = "JwtProblem";
}

const MAX_LENGTH = 16 * 1024;
const COMPACT = /^[\w-]+\.[\w-]+\.[\w-]*$/;

/** Whether a text has the form of a JWT at all (RFC 7515 section 3.1). */
export const looksLikeJwt = (text: string): boolean => text.length <= MAX_LENGTH && COMPACT.test(text);

/** The first issuer whom the token names. Nothing is proven by that. */
export const issuerOf = <I extends JwtIssuer>(token: string, issuers: readonly I[]): I | undefined => {
  const claims = unprovenClaims(token);
  return claims && issuers.find((issuer) => claims.iss === issuer.issuer && isFor(claims, issuer));
};

const unprovenClaims = (token: string): JWTPayload | undefined => {
  try {
    return decodeJwt(token);
  } catch {
    return undefined;
  }
};

/** RFC 7519 section 4.1.3. For this broker alone, unless the operator says otherwise: a token that others may present as well is theirs, too. */
const isFor = ({ aud }: JWTPayload, { audience, allowOtherAudiences }: JwtIssuer): boolean => {
  const audiences: readonly unknown[] = Array.isArray(aud) ? aud : [aud];
  return audiences.includes(audience) && (allowOtherAudiences || audiences.length === 1);
};

const VALUE = /^\P{Cc}{1,255}$/u;

/**
 * RFC 7519 section 7.2 and RFC 8725: the signature, by an algorithm of the issuer's list and a key of its own set (headers that bring a key are not looked
 * at); issuer and audience exactly; begun, not over, and not longer than allowed.
 *
 * @throws JwtProblem; BrokerError CALLER_KEYS_UNAVAILABLE.
 */
export const verifyJwt = async (token: string, issuer: TrustedIssuer, nowMs: number): Promise<Identity> => {
  const claims = await signedClaims(token, issuer, nowMs);
  if (!isFor(claims, issuer)) throw new JwtProblem("audience");
  checkLifetime(claims, issuer, nowMs);
  const value = claims[issuer.claim];
  if (typeof value !== "string" || !VALUE.test(value) || !value.isWellFormed()) throw new JwtProblem("claim");
  return { issuer: issuer.name, value };
};

const signedClaims = async (token: string, issuer: TrustedIssuer, nowMs: number): Promise<JWTPayload> => {
  try {
    const { payload } = await jwtVerify(token, issuer.findKey, {
      issuer: issuer.issuer,
      audience: issuer.audience,
      algorithms: [...issuer.algorithms],
      clockTolerance: issuer.skewMs / 1000,
      currentDate: new Date(nowMs),
      requiredClaims: ["iss", "aud", "exp", "iat"],
    });
    return payload;
  } catch (error) {
    // Its messages may quote claims; its codes do not.
    if (error instanceof errors.JOSEError) throw new JwtProblem(error.code);
    throw error;
  }
};

const checkLifetime = ({ iat = 0, exp = 0 }: JWTPayload, issuer: JwtIssuer, nowMs: number): void => {
  if (iat * 1000 > nowMs + issuer.skewMs) throw new JwtProblem("issued in the future");
  if ((exp - iat) * 1000 > issuer.maxLifetimeMs) throw new JwtProblem("lives too long");
};
