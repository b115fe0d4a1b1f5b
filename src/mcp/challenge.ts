/** What an MCP server demands, of a `WWW-Authenticate` header (RFC 6750 section 3, RFC 9728 section 5.1). */
export interface BearerChallenge {
  readonly resourceMetadata: string | undefined;
  /** undefined = none is named. */
  readonly scopes: readonly string[] | undefined;
  readonly error: string | undefined;
}

export interface Challenge {
  /** In lower case. */
  readonly scheme: string;
  /** By name in lower case. Of one that is repeated the first counts. */
  readonly params: ReadonlyMap<string, string>;
}

const MAX_LENGTH = 16_384;
const TOKEN = /[!#$%&'*+.^_`|~0-9A-Za-z-]+/y;
/** Some servers leave the quotes out, also around what is no token. */
const UNQUOTED = /[^\s,"]*/y;
const QUOTED = /"((?:[^"\\]|\\[\s\S])*)"/y;
const TOKEN68 = /[A-Za-z0-9._~+/-]+=*(?=[ \t]*(?:,|$))/y;
const SEPARATORS = /[\s,]*/y;
const BLANKS = /[ \t]*/y;

/**
 * The challenges of a header, several lines joined by commas (RFC 9110 section 11.6.1). A comma separates both challenges and parameters; a name with `=`
 * behind it is a parameter of the challenge before it. Reading ends where the text stops making sense, and what was read counts.
 */
export const parseChallenges = (header: string): readonly Challenge[] => {
  const challenges: { scheme: string; params: Map<string, string> }[] = [];
  if (header.length > MAX_LENGTH) return challenges;
  const read = reader(header);
  for (;;) {
    read(SEPARATORS);
    const name = read(TOKEN)?.[0].toLowerCase();
    if (name === undefined) return challenges;
    read(BLANKS);
    if (!read(/=/y)) {
      challenges.push({ scheme: name, params: new Map() });
      read(TOKEN68);
      continue;
    }
    read(BLANKS);
    const params = challenges.at(-1)?.params;
    const quoted = read(QUOTED);
    const value = quoted ? unescaped(quoted[1] ?? "") : (read(UNQUOTED)?.[0] ?? "");
    if (params === undefined) return challenges;
    if (!params.has(name)) params.set(name, value);
  }
};

/** Takes what a sticky pattern matches here and goes on behind it. */
const reader = (text: string): ((pattern: RegExp) => RegExpExecArray | null) => {
  let at = 0;
  return (pattern) => {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match) at = pattern.lastIndex;
    return match;
  };
};

const unescaped = (text: string): string => text.replaceAll(/\\([\s\S])/g, "$1");

/** The challenge for a bearer token, of several the first that says where the metadata are; undefined = the header has none. */
export const bearerChallenge = (header: string): BearerChallenge | undefined => {
  const bearers = parseChallenges(header).filter(({ scheme }) => scheme === "bearer");
  const chosen = bearers.find(({ params }) => params.has("resource_metadata")) ?? bearers[0];
  return (
    chosen && {
      resourceMetadata: chosen.params.get("resource_metadata"),
      scopes: scopesOf(chosen.params.get("scope")),
      error: chosen.params.get("error"),
    }
  );
};

/** RFC 6749 section 3.3. */
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]{1,512}$/;

const scopesOf = (text: string | undefined): readonly string[] | undefined => {
  const scopes = [...new Set((text ?? "").split(" "))].filter((scope) => SCOPE.test(scope));
  return scopes.length === 0 ? undefined : scopes;
};
