import { environmentName, findTemplate } from "../../catalog/index.ts";
import { EnvironmentReader } from "../environment.ts";
import { Findings } from "../problems.ts";
import { type Activation, activate } from "./activate.ts";

/** What becomes of a catalog entry that the environment does not mention. */
export interface NothingSaid {
  readonly activation: Activation;
  /** The variables that it could have been mentioned by. */
  readonly variables: ReadonlySet<string>;
}

/** The same for every environment, and so for hundreds of entries at every start of a broker in this process. */
const known = new Map<string, NothingSaid>();

export const nothingSaid = (name: string, legacyNames: boolean): NothingSaid => {
  const key = `${legacyNames} ${name}`;
  const before = known.get(key);
  if (before) return before;
  const reader = new EnvironmentReader({});
  const rules = { insecureLoopback: [], ipLiterals: true };
  const activation = activate(name, false, { reader, findings: new Findings(), rules, legacyNames });
  const found = { activation, variables: reader.known() };
  known.set(key, found);
  return found;
};

/** Whether a variable may be about this entry. Too often does no harm. */
export const isMentioned = (name: string, reader: EnvironmentReader, legacyNames: boolean): boolean => {
  if (reader.hasPrefix(`CONNECT_${environmentName(name)}_`)) return true;
  const legacy = legacyNames ? findTemplate(name)?.legacyEnvironment : undefined;
  return legacy !== undefined && Object.values(legacy).some((variable) => reader.hasPrefix(variable));
};
