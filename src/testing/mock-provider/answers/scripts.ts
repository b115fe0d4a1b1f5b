import type { Random } from "../random.ts";
import type { ProviderEndpoint } from "../request.ts";
import { nameOfAnswer, type ScriptedAnswer } from "./scripted-answer.ts";

/** Which requests get an answer that is not the server's own. A condition that is left out holds for all. */
export interface Script {
  readonly answer: ScriptedAnswer;
  /** Default "token". */
  readonly endpoint?: ProviderEndpoint | undefined;
  readonly clientId?: string | undefined;
  /** Id or label of the grant whose refresh token comes. */
  readonly grant?: string | undefined;
  /** `refresh_token` or `authorization_code`. */
  readonly grantType?: string | undefined;
  /** How many matching requests. Default: 1; without limit where a time window is given. `Infinity` = until it is removed. */
  readonly times?: number | undefined;
  /** The window begins so long after the script was added. Default 0. Provider's time, as `forMs`. */
  readonly afterMs?: number | undefined;
  /** How long the window is. Default: without end. */
  readonly forMs?: number | undefined;
  /** Which share of the matching requests, 0–1, drawn by the seed. Default 1. */
  readonly share?: number | undefined;
}

/** What a request is matched by. */
export interface Subject {
  readonly endpoint: ProviderEndpoint;
  readonly clientId: string;
  readonly grantType: string | undefined;
  readonly grantId: string | undefined;
  readonly label: string | undefined;
}

export interface ScriptHandle {
  readonly id: number;
  readonly script: Script;
  /** How many requests it answered. */
  readonly used: number;
  remove(): void;
}

export interface Scripts {
  add(script: Script): ScriptHandle;
  /** Spends the script for this request: of several the one that was added first, those with a count before those without. */
  take(subject: Subject): Script | undefined;
  /** Those with requests left. */
  list(): readonly ScriptHandle[];
  remove(id: number): boolean;
  clear(): void;
}

interface State {
  readonly id: number;
  readonly script: Script;
  readonly addedMs: number;
  left: number;
  used: number;
}

export const createScripts = (now: () => number, random: Random): Scripts => {
  let states: State[] = [];
  let lastId = 0;

  const handleOf = (state: State): ScriptHandle => ({
    id: state.id,
    script: state.script,
    get used() {
      return state.used;
    },
    remove: () => void remove(state.id),
  });

  const remove = (id: number): boolean => {
    const before = states.length;
    states = states.filter((state) => state.id !== id);
    return states.length < before;
  };

  const isUp = (state: State, subject: Subject): boolean =>
    state.left > 0 &&
    isInWindow(state, now()) &&
    matches(state.script, subject) &&
    (state.script.share === undefined || random() < state.script.share);

  return {
    add(script) {
      lastId += 1;
      const left = script.times ?? (script.forMs === undefined ? 1 : Infinity);
      const state: State = { id: lastId, script, addedMs: now(), left, used: 0 };
      states = [...states, state].toSorted(
        (a, b) => Number(a.left === Infinity) - Number(b.left === Infinity),
      );
      return handleOf(state);
    },
    take(subject) {
      if (states.length === 0) return undefined;
      const state = states.find((one) => isUp(one, subject));
      if (state === undefined) return undefined;
      state.left -= 1;
      state.used += 1;
      if (state.left === 0) remove(state.id);
      return state.script;
    },
    list: () => states.map(handleOf),
    remove,
    clear: () => void (states = []),
  };
};

const isInWindow = (
  { script: { afterMs = 0, forMs = Infinity }, addedMs }: State,
  nowMs: number,
): boolean => {
  const sinceMs = nowMs - addedMs - afterMs;
  return sinceMs >= 0 && sinceMs < forMs;
};

const matches = (script: Script, { endpoint, clientId, grantType, grantId, label }: Subject): boolean =>
  (script.endpoint ?? "token") === endpoint &&
  (script.clientId ?? clientId) === clientId &&
  (script.grantType ?? grantType) === grantType &&
  (script.grant === undefined || script.grant === grantId || script.grant === label);

/** For the log: what is scripted and for whom. */
export const describeScript = ({ answer, ...conditions }: Script): Record<string, unknown> => ({
  answer: nameOfAnswer(answer),
  ...conditions,
});
