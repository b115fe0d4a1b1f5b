import { BrokerError } from "../errors.ts";
import type { Logger } from "../telemetry/index.ts";
import { type CallerMethod, SUBJECT_TOKEN } from "./caller-method.ts";
import type { Caller } from "./caller.ts";
import type { JwtIssuersFile } from "./jwt/jwt-issuers.ts";
import { issuerOf, JwtProblem, looksLikeJwt, type TrustedIssuer, verifyJwt } from "./jwt/verify-jwt.ts";
import { header, type RequestHeaders } from "./request-headers.ts";

interface ProofOptions {
  readonly logger: Logger;
  readonly nowMs: () => number;
}

const BEARER = /^bearer +([\w.-]+)$/i;

/** By a JWT: of an issuer of callers, or, where it names none, of an issuer of people, whose token alone is a caller of few rights. */
export const byBearerToken =
  (issuers: JwtIssuersFile, options: ProofOptions & { readonly refusal: () => BrokerError }): CallerMethod =>
  (headers) => {
    const [, token = ""] = BEARER.exec(header(headers, "authorization") ?? "") ?? [];
    if (!looksLikeJwt(token)) return undefined;
    const { callers, subjects } = issuers.current();
    const forCallers = issuerOf(token, callers);
    const forPeople = forCallers ? undefined : issuerOf(token, subjects);
    if (forCallers) return workload(token, forCallers, options);
    if (forPeople) return person(token, forPeople, options);
    options.logger.debug("token refused", { reason: "of no configured issuer and audience" });
    throw options.refusal();
  };

interface RefusingOptions extends ProofOptions {
  readonly refusal: () => BrokerError;
}

const workload = async (token: string, issuer: TrustedIssuer, options: RefusingOptions): Promise<Caller> => {
  const { value } = await proven(token, issuer, options);
  return { id: `jwt:${issuer.name}:${value}`, method: "jwt" };
};

const person = async (token: string, issuer: TrustedIssuer, options: RefusingOptions): Promise<Caller> => {
  const { value } = await proven(token, issuer, options);
  const subject = { userId: value, issuer: issuer.name };
  return { id: `person:${issuer.name}:${value}`, method: "person", subject };
};

const proven = async (token: string, issuer: TrustedIssuer, options: RefusingOptions) => {
  try {
    return await verifyJwt(token, issuer, options.nowMs());
  } catch (error) {
    if (!(error instanceof JwtProblem)) throw error;
    options.logger.debug("token refused", { reason: error.message });
    throw options.refusal();
  }
};

/** Adds the person whose token the caller hands on. A token that proves nobody is refused and never left out: the caller meant to act for somebody. */
export const createSubjectProof =
  (issuers: JwtIssuersFile | undefined, options: ProofOptions) =>
  async (established: Caller | Promise<Caller>, headers: RequestHeaders): Promise<Caller> => {
    const caller = await established;
    if (caller.method === "person") throw wrongSubject();
    const token = header(headers, SUBJECT_TOKEN) ?? "";
    const issuer = looksLikeJwt(token) ? issuerOf(token, issuers?.current().subjects ?? []) : undefined;
    if (!issuer) throw wrongSubject();
    const { value } = await proven(token, issuer, { ...options, refusal: wrongSubject });
    return { ...caller, subject: { userId: value, issuer: issuer.name } };
  };

const wrongSubject = (): BrokerError =>
  new BrokerError(
    "UNAUTHENTICATED",
    `${SUBJECT_TOKEN} is no valid token of an issuer under subjects in BROKER_JWT_ISSUERS_FILE, or stands beside a person's own token`,
  );
