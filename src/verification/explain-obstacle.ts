import { BrokerError } from "../errors.ts";
import type { EgressFailure } from "../oauth/index.ts";
import { type Finding, failed } from "./check.ts";
import type { Obstacle } from "./subject.ts";

/** What it means that a server could not be asked. */
export const explainObstacle = (obstacle: Obstacle): Finding =>
  obstacle instanceof BrokerError ? denied(obstacle) : explain(obstacle);

/** The guarded fetch's own message names the host and the setting. */
const denied = ({ message }: BrokerError): Finding =>
  failed(
    "address_not_allowed",
    message,
    "correct the host; if the server is your own, let an operator list it in the setting named here",
  );

const explain = (failure: EgressFailure): Finding => {
  switch (failure.problem) {
    case "tls":
      return explainTls(failure.code ?? "");
    case "unreachable":
      return explainUnreachable(failure.code ?? "");
    case "timeout":
      return failed("timeout", "the server took the connection and did not answer in time", TRY_AGAIN);
    case "aborted":
      return failed("timeout", "the broker ended the call, because it stops or had no time left", TRY_AGAIN);
    case "lost":
    case "too_large":
    case "encoding":
      return failed("no_answer", `no HTTP answer that can be read: ${failure.message}`, CHECK_HOST);
  }
};

const TRY_AGAIN = "try again; then check the host, the port and what stands between the broker and it";
const CHECK_HOST = "check the host and the port: this may not be the vendor's server";

const explainUnreachable = (code: string): Finding => {
  if (code === "ENOTFOUND")
    return failed(
      "unknown_host",
      "there is no host of this name",
      "correct the host name in the URL, or the variable in it",
    );
  if (code === "EAI_AGAIN")
    return failed(
      "unreachable",
      "the host's name cannot be looked up at the moment",
      "check the broker's DNS",
    );
  if (code === "ECONNREFUSED")
    return failed(
      "connection_refused",
      "nothing listens at this host and port",
      "correct the host or the port",
    );
  if (TOO_SLOW.has(code))
    return failed(
      "timeout",
      "no connection could be made in time",
      "check the host, the port and the firewall between",
    );
  return failed("unreachable", "no connection could be made", "check the host, the port and the route to it");
};

const TOO_SLOW: ReadonlySet<string> = new Set(["UND_ERR_CONNECT_TIMEOUT", "ETIMEDOUT"]);

const explainTls = (code: string): Finding => {
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID")
    return failed(
      "tls_wrong_name",
      "the server's certificate is for another name: this is not the server of that host, or it is set up wrongly",
      "correct the host name; nothing is sent to a server that cannot prove its name",
    );
  if (OUT_OF_DATE.has(code))
    return failed(
      "tls_expired",
      "the server's certificate is not valid now",
      "renew it there; check the broker's clock",
    );
  if (UNTRUSTED.test(code))
    return failed(
      "tls_untrusted",
      "nobody the broker trusts vouches for the server's certificate",
      "let the server send its whole chain, or name your own authority in BROKER_EGRESS_CA_FILE",
    );
  return failed("tls_failed", "no TLS connection could be made: TLS 1.2 or newer is needed", CHECK_HOST);
};

const OUT_OF_DATE: ReadonlySet<string> = new Set(["CERT_HAS_EXPIRED", "CERT_NOT_YET_VALID"]);
const UNTRUSTED = /^(SELF_SIGNED_|DEPTH_ZERO_|UNABLE_TO_|CERT_)/;
