import type { ScriptedAnswer } from "../answers/scripted-answer.ts";
import type { Grants, IssuedTokens } from "../grants/grants.ts";
import type { Reason, Verdict } from "../log/log-entry.ts";
import type { Random } from "../random.ts";
import type { ProviderRequest } from "../request.ts";
import type { VendorSettings } from "../settings.ts";
import type { Limiter } from "./rate-limit.ts";

/** What an endpoint works on. */
export interface EndpointContext {
  readonly settings: VendorSettings;
  readonly grants: Grants;
  readonly admit: Limiter;
  /** For delays. */
  readonly random: Random;
}

/** One endpoint: does what the request asks for, and says what is to be answered. */
export type Endpoint = (context: EndpointContext, request: ProviderRequest) => Deed;

/** What the server did with a request, and what it says about it. */
export interface Deed {
  readonly answer: ScriptedAnswer;
  readonly verdict: Verdict | "ok";
  /** What the client is told: an OAuth error code, or what was done. */
  readonly told: string;
  readonly reason?: Reason | undefined;
  readonly issued?: IssuedTokens | undefined;
}

export const done = (verdict: Deed["verdict"], answer: ScriptedAnswer, issued?: IssuedTokens): Deed => ({
  verdict,
  told: issued === undefined ? verdict : "issued",
  answer,
  issued,
});

export const refused = (
  told: string,
  answer: ScriptedAnswer,
  { verdict = "rejected", reason }: { verdict?: Verdict; reason?: Reason } = {},
): Deed => ({ verdict, told, answer, reason });
