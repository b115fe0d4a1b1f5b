import type { CallbackRules } from "../catalog/index.ts";

/** An authorization response in the one form that may be acted on. Exactly one of `code` and `error` decides: an error wins over a code beside it. */
export type CallbackParameters = {
  readonly state: string;
  /** RFC 9207. */
  readonly iss: string | undefined;
  /** Everything the response held, for what the catalog keeps of it. */
  readonly all: URLSearchParams;
} & ({ readonly kind: "code"; readonly code: string } | { readonly kind: "error"; readonly error: string });

/** What the vendor calls things. */
export type CallbackNames = Pick<CallbackRules, "codeParameter" | "errorParameter" | "denied">;

const STANDARD_NAMES: CallbackNames = { codeParameter: "code", errorParameter: "error", denied: [] };

/** The form of every state this broker makes: 256 bits in base64url. Anything else is unknown without asking the database. */
const STATE = /^[A-Za-z0-9_-]{43}$/;
/** RFC 6749 appendix A.11: `code` is 1*VSCHAR. */
const CODE = /^[\x20-\x7e]{1,8192}$/;
const ERROR = /^[\x20-\x7e]{1,1024}$/;
const MAX_ISSUER_LENGTH = 2048;
/** `state[]=x` and `code[0]=x`: some frameworks would read a list into these. */
const INDEXED = /^(?:state|code|error|iss)\[/;

/**
 * Undefined for everything that is no well-formed response to a request of ours: missing or malformed parameters, and any that is repeated
 * (RFC 6749 section 3.1). An empty value counts as absent, as that section says.
 */
export const parseCallbackParameters = (
  params: URLSearchParams,
  vendor: CallbackNames = STANDARD_NAMES,
): CallbackParameters | undefined => {
  const names = [...params.keys()];
  if (new Set(names).size !== names.length || names.some((name) => INDEXED.test(name))) return undefined;
  const [state, code, error, iss] = ["state", vendor.codeParameter, vendor.errorParameter, "iss"].map(
    (name) => params.get(name) || undefined,
  );
  if (!matches(STATE, state) || (iss?.length ?? 0) > MAX_ISSUER_LENGTH) return undefined;
  if (!matchesOrAbsent(CODE, code) || !matchesOrAbsent(ERROR, error)) return undefined;
  if (error !== undefined) {
    const word = vendor.denied.includes(error) ? "access_denied" : error;
    return { kind: "error", state, iss, error: word, all: params };
  }
  return code === undefined ? undefined : { kind: "code", state, iss, code, all: params };
};

const matches = (pattern: RegExp, text: string | undefined): text is string =>
  text !== undefined && pattern.test(text);

const matchesOrAbsent = (pattern: RegExp, text: string | undefined): boolean =>
  text === undefined || pattern.test(text);
