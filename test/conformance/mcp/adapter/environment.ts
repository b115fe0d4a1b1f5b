/** What the adapter is told: by the suite in its own variables, by whoever started the suite in ours. */

/** `challenge` passes on what came with a 401; `bare` names only the URL, and the broker has to ask the server itself. */
export type Mode = "challenge" | "bare";

export interface AdapterEnvironment {
  readonly mcpServerUrl: string;
  readonly brokerUrl: string;
  readonly mode: Mode;
  /** A namespace that nobody else uses, so that nothing of another scenario is found. */
  readonly namespace: string;
  readonly scenario: string;
  /** The revision of the Model Context Protocol to speak. */
  readonly protocolVersion: string;
  /** What the scenario gives an operator or a person beforehand. */
  readonly context: Readonly<Record<string, string>>;
}

const required = (name: string): string => {
  const value = process.env[name];
  if (value === undefined || value === "") throw new Error(`${name} is not set`);
  return value;
};

/** The suite appends the server's URL to the command. */
export const readEnvironment = (): AdapterEnvironment => ({
  mcpServerUrl: process.argv.at(-1) ?? "",
  brokerUrl: required("ADAPTER_BROKER_URL"),
  mode: required("ADAPTER_MODE") === "bare" ? "bare" : "challenge",
  namespace: required("ADAPTER_NAMESPACE"),
  scenario: required("MCP_CONFORMANCE_SCENARIO"),
  protocolVersion: required("MCP_CONFORMANCE_PROTOCOL_VERSION"),
  context: JSON.parse(process.env["MCP_CONFORMANCE_CONTEXT"] ?? "{}") as Record<string, string>,
});
