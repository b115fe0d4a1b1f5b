import {
  completeDefinition,
  environmentName,
  missingVariables,
  odditiesOf,
  type ProviderDefinition,
  type ProviderFacts,
  variableFromConnectionAllowed,
  variableSettings,
} from "../../src/catalog/index.ts";

/** One provider's section of the reference. */
export const providerSection = (facts: ProviderFacts): string => {
  const definition = completeDefinition(facts);
  const parts = [
    `## ${facts.name}`,
    titleOf(facts),
    settingsTable(facts, definition),
    factsList(facts, definition),
    bullets("Limitations", definition.limitations),
    bullets("Findings", facts.findings ?? []),
    bullets("Contested", (facts.contested ?? []).map(contestedText)),
    bullets("Where it departs from the RFCs", odditiesOf(definition)),
  ];
  return parts.filter((part) => part !== "").join("\n\n");
};

const titleOf = ({ displayName, docsUrl, aliases = [] }: ProviderFacts): string => {
  const also = aliases.length === 0 ? "" : `, also found as ${aliases.map(code).join(", ")}`;
  const page = docsUrl === undefined ? "" : ` — [${documentationOf(docsUrl)}](${docsUrl})`;
  return `**${displayName}**${also}${page}`;
};

/** Some entries know no page of the vendor, only another catalog's. */
const documentationOf = (docsUrl: string): string =>
  new URL(docsUrl).hostname === "nango.dev" ? "a public catalog's page" : "the vendor's documentation";

export const FACT_TITLES: Record<NonNullable<ProviderFacts["contested"]>[number]["fact"], string> = {
  authorizeUrl: "authorization endpoint",
  tokenUrl: "token endpoint",
  refreshUrl: "refresh endpoint",
  clientAuthentication: "client authentication",
  pkce: "PKCE",
  revoke: "revocation",
  scopes: "scopes",
};

const contestedText = ({ fact, others, reason }: NonNullable<ProviderFacts["contested"]>[number]): string => {
  const said = others.map(({ value, sources }) => `${code(value)} (${sources.join(", ")})`).join(", ");
  return `The ${FACT_TITLES[fact]}. ${reason}${said === "" ? "" : ` Others say: ${said}.`}`;
};

const settingsTable = (facts: ProviderFacts, definition: ProviderDefinition): string => {
  const prefix = `CONNECT_${environmentName(facts.name)}_`;
  const legacy = facts.legacyEnvironment;
  const or = (name: string | undefined): string => (name === undefined ? "" : `, or \`${name}\``);
  const secretRow = signs(definition)
    ? `| \`${prefix}PRIVATE_KEY\` | the private key in PEM | required |`
    : `| \`${prefix}CLIENT_SECRET\`${or(legacy?.clientSecret)} | the client secret | required |`;
  return [
    "| Setting | Meaning | Default |",
    "|---|---|---|",
    `| \`${prefix}CLIENT_ID\`${or(legacy?.clientId)} | the client id | required |`,
    ...(definition.clientAuthentication.method === "none" ? [] : [secretRow]),
    ...(definition.tokenUrl === "" ? endpointRows(prefix) : []),
    ...Object.keys(definition.variables).map((name) => variableRow(prefix, definition, name)),
  ].join("\n");
};

const signs = ({ clientAuthentication: { method } }: ProviderDefinition): boolean =>
  method === "private_key_jwt" || method === "generated_secret";

const endpointRows = (prefix: string): string[] => [
  `| \`${prefix}AUTHORIZE_URL\` | the authorization endpoint | required |`,
  `| \`${prefix}TOKEN_URL\` | the token endpoint | required |`,
];

const variableRow = (prefix: string, definition: ProviderDefinition, name: string): string => {
  const variable = definition.variables[name];
  if (variable === undefined) return "";
  const settings = variableSettings(definition, name).map((setting) => `\`${prefix}${setting}\``);
  const suffix = variable.host?.suffix ?? "";
  const example =
    suffix === ""
      ? code(variable.example)
      : `${code(variable.example)} or ${code(variable.example + suffix)}`;
  const connection = variableFromConnectionAllowed(definition, name)
    ? ` A connection may give it: \`provider_config.${name}\`.`
    : "";
  const meaning = `${variable.description} Example: ${example}. Pattern: ${code(variable.pattern)}.${connection}`;
  const required = missingVariables(definition, {}).includes(name) ? "required" : "none";
  return `| ${settings.join(", or ")} | ${cell(meaning)} | ${variable.default === undefined ? required : code(variable.default)} |`;
};

const factsList = (facts: ProviderFacts, definition: ProviderDefinition): string => {
  const rows: [string, string][] = [
    ["Redirect URI", `\`{CONNECT_API_BASE}/connect/callback/${facts.name}\``],
    ["Authorization endpoint", codeOrEmpty(definition.authorizeUrl)],
    ["Token endpoint", codeOrEmpty(definition.tokenUrl)],
    ["Refresh endpoint", definition.refreshUrl === definition.tokenUrl ? "" : code(definition.refreshUrl)],
    ["Default scopes", scopesText(definition)],
    ["PKCE", PKCE_TEXT[facts.pkce]],
    ["Client authentication", CLIENT_TEXT[definition.clientAuthentication.method]],
    ["Extra parameters", parametersText(definition)],
    ["Access token", expiryText(definition)],
    ["Refresh token", refreshText(definition)],
    ["Revocation", revocationText(definition)],
    ["Tokens in one answer", tokensText(definition)],
    ["Kept as provider_metadata", definition.metadata.map(metadataText).join(", ")],
    [
      "Client credentials",
      facts.clientCredentials ? `AcquireToken; [documented](${facts.clientCredentials.docsUrl})` : "",
    ],
    ["Login", loginText(definition)],
    ["Hooks", hooksText(definition)],
    ["API", apiText(definition)],
    ["Confidence", `${facts.confidence}, reviewed ${facts.reviewed}; sources: ${facts.sources.join(", ")}`],
    ["Stated by no source", (facts.assumed ?? []).map((fact) => ASSUMED_TEXT[fact]).join(", ")],
  ];
  return rows
    .filter(([, text]) => text !== "")
    .map(([title, text]) => `- **${title}:** ${text}`)
    .join("\n");
};

const ASSUMED_TEXT: Record<NonNullable<ProviderFacts["assumed"]>[number], string> = {
  clientAuthentication: "how the client authenticates",
  scopeSeparator: "what separates scopes",
  tokenRequestBody: "the form of the token request's body",
};

const tokensText = ({ tokenAnswer }: ProviderDefinition): string =>
  tokenAnswer.tokens.length === 0
    ? ""
    : `the connection's own, and by \`token_name\` ${tokenAnswer.tokens.map(({ name }) => code(name)).join(", ")}`;

const metadataText = ({ name, role }: ProviderDefinition["metadata"][number]): string =>
  role === undefined ? code(name) : `${code(name)} (${role})`;

const loginText = ({ login }: ProviderDefinition): string => {
  if (login === undefined) return "";
  const how = login.idToken ? "by ID token" : "by the userinfo endpoint";
  const tenants = login.idToken?.tenantAllowList ? ", tenants must be listed" : "";
  return `${how}, issuer ${code(login.issuer)}, scopes ${login.scopes.map(code).join(" ")}${tenants}`;
};

const hooksText = ({ hooks }: ProviderDefinition): string =>
  Object.values(hooks)
    .map(({ name, documentation }) => `${code(name)} ([documentation](${documentation}))`)
    .join(", ");

const PKCE_TEXT: Record<ProviderFacts["pkce"], string> = {
  required: "S256, required by the vendor",
  s256: "S256",
  unknown: "S256 (nobody says whether the vendor reads it)",
  tolerated: "S256 (not documented by the vendor, sent without harm)",
  none: "not sent (not documented by the vendor)",
  unsupported: "not sent (a public catalog says that the vendor refuses it)",
};

const CLIENT_TEXT: Record<ProviderDefinition["clientAuthentication"]["method"], string> = {
  client_secret_basic: "HTTP Basic (`client_secret_basic`)",
  client_secret_post: "in the request body (`client_secret_post`)",
  none: "none, a public client (`none`)",
  private_key_jwt: "an assertion signed with your private key (`private_key_jwt`)",
  generated_secret: "a secret signed with your private key for every call (`generated_secret`)",
};

const SEPARATORS: Record<string, string> = { " ": "spaces", ",": "commas" };

const scopesText = ({ scopes }: ProviderDefinition): string => {
  if (scopes.default.length === 0) return "none";
  const separator = SEPARATORS[scopes.separator] ?? code(scopes.separator);
  const listed = scopes.listed ? "" : "; the vendor does not list what was granted";
  return `${scopes.default.map(code).join(" ")} (sent separated by ${separator}${listed})`;
};

const parametersText = ({ authorizeRequest, tokenRequest }: ProviderDefinition): string => {
  const say = (where: string, params: Readonly<Record<string, string>>): string[] =>
    Object.entries(params).map(([name, value]) => `${code(`${name}=${value}`)} ${where}`);
  return [
    ...say("on authorization", authorizeRequest.params),
    ...say("on the code exchange", tokenRequest.exchangeParams),
    ...say("on refresh", tokenRequest.refreshParams),
  ].join(", ");
};

const expiryText = ({ expiry }: ProviderDefinition): string => {
  if (expiry.zeroMeansNever) return "does not expire";
  return expiry.defaultSeconds === undefined
    ? ""
    : `${duration(expiry.defaultSeconds)} where the answer does not say`;
};

const refreshText = ({ refresh }: ProviderDefinition): string => {
  if (refresh.issued === "never") return "none; a person authorizes again when the token ends";
  const facts = [
    refresh.issued === "on-request"
      ? "only where the scopes, the parameters or the application's settings ask for it"
      : "issued",
    refresh.rotates === undefined ? "" : refresh.rotates ? "rotates" : "stays the same",
    refresh.graceSeconds === undefined ? "" : `the old one is accepted for ${duration(refresh.graceSeconds)}`,
    refresh.lifetimeSeconds === undefined ? "" : `lives ${duration(refresh.lifetimeSeconds)}`,
    refresh.idleLifetimeSeconds === undefined
      ? ""
      : `ends when unused for ${duration(refresh.idleLifetimeSeconds)}`,
  ];
  return facts.filter((fact) => fact !== "").join("; ");
};

const revocationText = ({ revokeUrl, revokeEndsConsent, revoke }: ProviderDefinition): string => {
  if (revokeUrl === "") return "in the broker only";
  const { method, auth, tokenParameter } = revoke;
  const isStandard = method === "POST" && auth === "client" && tokenParameter === "token";
  const how = isStandard ? "RFC 7009" : `its own recipe: ${method}, authentication ${auth}`;
  return `at the vendor (${how}), ${code(revokeUrl)}${revokeEndsConsent ? "; it ends the person's whole consent" : ""}`;
};

const apiText = ({ usage }: ProviderDefinition): string => {
  const header = `${usage.headerName}: ${usage.headerPrefix}<token>`;
  const custom =
    header === "Authorization: Bearer <token>"
      ? ""
      : `${usage.apiBaseUrl === "" ? "" : ", "}header ${code(header)}`;
  return `${codeOrEmpty(usage.apiBaseUrl)}${custom}`;
};

const UNITS: readonly [string, number][] = [
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
  ["second", 1],
];

const duration = (seconds: number): string => {
  const [unit, size] = UNITS.find(([, candidate]) => seconds % candidate === 0) ?? ["second", 1];
  const count = seconds / size;
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
};

const bullets = (title: string, items: readonly string[]): string =>
  items.length === 0 ? "" : [`**${title}**`, "", ...items.map((item) => `- ${item}`)].join("\n");

const code = (text: string): string => `\`${text}\``;

const codeOrEmpty = (text: string): string => (text === "" ? "" : code(text));

/** A pipe ends a table's cell, inside code too. */
const cell = (text: string): string => text.replaceAll("|", "\\|");
