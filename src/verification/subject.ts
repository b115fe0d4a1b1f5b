import type { Endpoints } from "../catalog/index.ts";
import type { Registration } from "../config/index.ts";
import { BrokerError } from "../errors.ts";
import { type Egress, EgressFailure, type Trust } from "../oauth/index.ts";

/** The provider under examination. */
export interface Subject {
  readonly registration: Registration;
  readonly endpoints: Endpoints;
  /** The broker's callback, which is the redirect URI to register at the vendor. */
  readonly callbackUrl: string;
  /** The one of logins, where the provider is offered for them; else empty. */
  readonly loginCallbackUrl: string;
  readonly trust: Trust;
  readonly egress: Egress;
  /** For one request from now on: every request has its share of the time that the whole report may take. */
  timeoutMs(): number;
}

/** Why no answer came: `EGRESS_DENIED`, or whatever the network did. */
export type Obstacle = BrokerError | EgressFailure;

export const isObstacle = (error: unknown): error is Obstacle =>
  error instanceof EgressFailure || (error instanceof BrokerError && error.code === "EGRESS_DENIED");

/** Opens a URL as a stranger would, without credentials. A redirect is the answer. */
export const open = async (
  { egress, trust, timeoutMs }: Pick<Subject, "egress" | "trust" | "timeoutMs">,
  url: string,
  accept: string,
): Promise<Response | Obstacle> => {
  const init: RequestInit = { headers: { accept }, redirect: "manual" };
  try {
    return await egress.fetch(url, init, { trust, deadlineMs: timeoutMs() });
  } catch (error) {
    if (isObstacle(error)) return error;
    throw error;
  }
};
