import {
  completeDefinition,
  environmentName,
  missingVariables,
  type ProviderDefinition,
  type ProviderFacts,
  variableFromConnectionAllowed,
  variableSettings,
} from "../../src/catalog/index.ts";

/** One provider's section of the reference. */
export const providerSection = (facts: ProviderFacts): string => {
  const definition = completeDefinition(facts);
  const parts = [
    `### ${facts.name}`,
    facts.docsUrl === undefined
      ? `**${facts.displayName}**`
      : `**${facts.displayName}** — [the vendor's documentation](${facts.docsUrl})`,
    settingsTable(facts, definition),
    factsList(facts, definition),
    bullets("Limitations", definition.limitations),
    bullets("Findings", definition.findings),
  ];
  return parts.filter((part) => part !== "").join("\n\n");
};

const settingsTable = (facts: ProviderFacts, definition: ProviderDefinition): string => {
  const prefix = `CONNECT_${environmentName(facts.name)}_`;
  const legacy = facts.legacyEnvironment;
  const or = (name: string | undefined): string => (name === undefined ? "" : `, or \`${name}\``);
  return [
    "| Setting | Meaning | Default |",
    "|---|---|---|",
    `| \`${prefix}CLIENT_ID\`${or(legacy?.clientId)} | the client id | required |`,
    signs(definition)
      ? `| \`${prefix}PRIVATE_KEY\` | the private key in PEM | required |`
      : `| \`${prefix}CLIENT_SECRET\`${or(legacy?.clientSecret)} | the client secret | required |`,
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
    ["Kept as provider_metadata", definition.metadata.map(({ name }) => code(name)).join(", ")],
    ["API", apiText(definition)],
    ["Confidence", `${facts.confidence}, reviewed ${facts.reviewed}; sources: ${facts.sources.join(", ")}`],
  ];
  return rows
    .filter(([, text]) => text !== "")
    .map(([title, text]) => `- **${title}:** ${text}`)
    .join("\n");
};

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

const revocationText = ({ revokeUrl, revokeEndsConsent }: ProviderDefinition): string => {
  if (revokeUrl === "") return "in the broker only";
  return `at the vendor (RFC 7009), ${code(revokeUrl)}${revokeEndsConsent ? "; it ends the person's whole consent" : ""}`;
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
