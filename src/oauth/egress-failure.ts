/**
 * Why no answer came. `unreachable`: name, route, refused, reset or too slow before the request left; `tls`: the server did not prove who it is;
 * `lost`: reset, cut or malformed after it left; `timeout`: too slow after it left; `too_large` and `encoding`: a body that is not read further;
 * `aborted`: the broker itself ended the call.
 */
export type EgressProblem = "unreachable" | "tls" | "lost" | "timeout" | "too_large" | "encoding" | "aborted";

export interface EgressFailureOptions {
  /** Whether the server may have read the request. */
  readonly sent: boolean;
  /** The answer's status, when only its body failed. */
  readonly httpStatus?: number | undefined;
  /** The system's or TLS library's code ("ECONNREFUSED", "CERT_HAS_EXPIRED") for the log. */
  readonly code?: string | undefined;
}

const MESSAGES: Record<EgressProblem, string> = {
  unreachable: "the server cannot be reached",
  tls: "the server's TLS certificate or protocol version is not accepted",
  lost: "the connection ended before the whole answer was there",
  timeout: "the server did not answer in time",
  too_large: "the answer is larger than allowed",
  encoding: "the answer's content encoding cannot be read",
  aborted: "the call was ended by the broker",
};

/** No answer, or none that can be read. Holds no address and no byte of what was sent or received. */
export class EgressFailure extends Error {
  readonly problem: EgressProblem;
  readonly sent: boolean;
  readonly httpStatus: number | undefined;
  readonly code: string | undefined;

  constructor(problem: EgressProblem, options: EgressFailureOptions) {
    super(MESSAGES[problem]);
    this.name = "EgressFailure";
    this.problem = problem;
    this.sent = options.sent;
    this.httpStatus = options.httpStatus;
    this.code = options.code;
  }
}
