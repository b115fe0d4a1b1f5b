import { BrokerError } from "../errors.ts";

export interface RequestOrigin {
  /** The `Host` header, or `:authority` in HTTP/2. */
  readonly host: string | undefined;
  readonly origin: string | undefined;
}

const LOCAL_HOST = /^(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?$/i;

/**
 * Whether a request to an open listener comes from a program on this machine. A page can make its visitor's browser send requests here (DNS
 * rebinding: its own host name suddenly means 127.0.0.1), but the browser then names that host, and an Origin with every POST.
 *
 * @throws BrokerError PERMISSION_DENIED.
 */
export const checkLoopbackRequest = ({ host, origin }: RequestOrigin): void => {
  if (origin !== undefined)
    throw denied("a request with an Origin header comes from a browser; callers are programs");
  if (host === undefined || !LOCAL_HOST.test(host))
    throw denied(
      "the Host of a request must be localhost, 127.0.0.1 or [::1] while callers are not authenticated",
    );
};

const denied = (problem: string): BrokerError =>
  new BrokerError("PERMISSION_DENIED", `${problem} (BROKER_API_KEYS_FILE turns authentication on)`);
