import { setTimeout as sleep } from "node:timers/promises";
import { isProcessed, nameOfAnswer, type ScriptedAnswer } from "./answers/scripted-answer.ts";
import { act } from "./endpoints/act.ts";
import type { Deed } from "./endpoints/deed.ts";
import type { Holder } from "./grants/grants.ts";
import { fingerprint } from "./log/fingerprint.ts";
import type { Verdict } from "./log/log-entry.ts";
import type { ProviderRequest } from "./request.ts";
import type { ServedVendor } from "./vendor.ts";

/** What was done with a request, and what is to be sent. */
export interface Outcome {
  readonly answer: ScriptedAnswer;
  readonly verdict: Verdict | "ok";
  /** Undefined where a script answered instead. */
  readonly deed: Deed | undefined;
  /** Whose refresh token came, as it was before. */
  readonly holder: Holder | undefined;
  /** What a script did to the answer of a deed. */
  readonly script: string | undefined;
}

/** The script's answer or the vendor's own, whichever it is, after the deed where there is one. */
export const respond = async (
  vendor: ServedVendor,
  request: ProviderRequest,
  closing: AbortSignal,
): Promise<Outcome> => {
  const presented = presentedIn(request);
  const holder = vendor.grants.holderOf(presented);
  request.fingerprint = fingerprint(presented);
  const script = scriptFor(vendor, request, holder);
  if (script?.waitMs) await sleep(script.waitMs, undefined, { signal: closing });
  return script === undefined || isProcessed(script)
    ? process(vendor, request, script, holder)
    : evade(request, script, holder);
};

const presentedIn = ({ params }: ProviderRequest): string =>
  params["refresh_token"] ?? params["code"] ?? params["token"] ?? "";

const scriptFor = (
  vendor: ServedVendor,
  { endpoint, client, params }: ProviderRequest,
  holder: Holder | undefined,
): ScriptedAnswer | undefined =>
  vendor.take({
    endpoint,
    clientId: client.clientId,
    grantType: params["grant_type"],
    grantId: holder?.grantId,
    label: holder?.label,
  })?.answer;

const process = (
  vendor: ServedVendor,
  request: ProviderRequest,
  script: ScriptedAnswer | undefined,
  holder: Holder | undefined,
): Outcome => {
  const deed = actOrFail(vendor, request);
  request.verdict = deed.told;
  request.generation = deed.issued?.generation;
  const answer = script?.own ? { ...deed.answer, ...script } : (script ?? deed.answer);
  return { answer, verdict: deed.verdict, deed, holder, script: script && nameOfAnswer(script) };
};

/** A setting that throws, such as `tokenAnswer`, is a server error like any vendor's. */
const actOrFail = ({ context }: ServedVendor, request: ProviderRequest): Deed => {
  try {
    return act(context, request);
  } catch {
    return {
      verdict: "error",
      told: "server_error",
      answer: { status: 500, json: { error: "server_error" } },
    };
  }
};

const evade = (request: ProviderRequest, script: ScriptedAnswer, holder: Holder | undefined): Outcome => {
  request.verdict = "scripted";
  const verdict: Verdict = `scripted:${nameOfAnswer(script)}`;
  return { answer: script, verdict, deed: undefined, holder, script: undefined };
};
