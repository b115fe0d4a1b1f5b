import type { ProviderFacts } from "./schema.ts";

type Contested = NonNullable<ProviderFacts["contested"]>[number];
type Assumed = NonNullable<ProviderFacts["assumed"]>[number];
type Trusted = Pick<ProviderFacts, "contested" | "assumed">;

/** What sources disagree about, who says what else, and why this value was chosen: a sentence or two for each fact. */
export const contestedSentences = ({ contested = [] }: Trusted): string[] => contested.map(sentenceOf);

/** The endpoints among them: what decides where a secret goes. */
export const contestedEndpointSentences = ({ contested = [] }: Trusted): string[] =>
  contested.filter(({ fact }) => ENDPOINTS.has(fact)).map(sentenceOf);

/** What nobody states. */
export const assumedSentences = ({ assumed = [] }: Trusted): string[] =>
  assumed.length === 0
    ? []
    : [`No source states ${assumed.map((fact) => ASSUMED[fact]).join(", ")}: the usual value is assumed.`];

const ENDPOINTS: ReadonlySet<Contested["fact"]> = new Set(["authorizeUrl", "tokenUrl", "refreshUrl"]);

const sentenceOf = ({ fact, others, reason }: Contested): string => {
  const claims = others.map(({ value, sources }) => `${value} (${sources.join(", ")})`);
  const rivals = claims.length === 0 ? "" : ` others say ${claims.join(", or ")}.`;
  return `The ${FACTS[fact]} is doubtful:${rivals} ${reason}`;
};

const FACTS: Record<Contested["fact"], string> = {
  authorizeUrl: "authorization endpoint",
  tokenUrl: "token endpoint",
  refreshUrl: "refresh endpoint",
  clientAuthentication: "client authentication",
  pkce: "use of PKCE",
  revoke: "revocation",
  scopes: "set of scopes",
};

const ASSUMED: Record<Assumed, string> = {
  clientAuthentication: "how the client authenticates",
  scopeSeparator: "what separates scopes",
  tokenRequestBody: "the form of the token request's body",
};
