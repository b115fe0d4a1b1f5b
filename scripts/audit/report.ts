/** What `npm audit --json` found, in sentences. */
import { isShipped, type LockFile } from "../shipped-packages.ts";

/** An advisory that was looked at: why it does not concern the product. */
export interface Assessment {
  /** Its URL, as npm prints it. */
  readonly advisory: string;
  readonly why: string;
}

export interface AuditInput {
  /** The text of `npm audit --json`. */
  readonly answer: string;
  readonly lock: LockFile;
  readonly assessments: readonly Assessment[];
}

export interface AuditReport {
  /** `findings`: some that ship and that nobody has assessed. */
  readonly outcome: "clean" | "findings" | "assessed" | "not_checked";
  readonly lines: readonly string[];
}

interface Advisory {
  readonly title: string;
  readonly url: string;
  readonly severity: string;
  readonly range: string;
}

interface Vulnerability {
  readonly name: string;
  readonly severity: string;
  readonly isDirect: boolean;
  /** Advisories of the package itself, and names of those below it that are to blame. */
  readonly via: readonly (Advisory | string)[];
  readonly range: string;
  /** Where it lies, as the lock file says. */
  readonly nodes: readonly string[];
  readonly fixAvailable: boolean | { readonly name: string; readonly version: string };
}

export const auditReport = ({ answer, lock, assessments }: AuditInput): AuditReport => {
  const found = vulnerabilitiesIn(answer);
  if (found === undefined)
    return {
      outcome: "not_checked",
      lines: [
        `not checked: ${reasonIn(answer) ?? "npm audit answered nothing that can be read"}`,
        "Nothing is known of advisories, good or bad. Ask a registry that has them: npm run audit -- --registry=https://registry.npmjs.org",
      ],
    };
  if (found.length === 0)
    return { outcome: "clean", lines: ["no known advisory concerns a package of the lock file"] };
  const ships = ({ nodes }: Vulnerability): boolean => nodes.some((path) => isShipped(lock, path));
  const lines = found.flatMap((one) => explain(one, ships(one), assessments));
  const isOpen = found.some((one) => ships(one) && !isAssessed(one, found, assessments));
  return { outcome: isOpen ? "findings" : "assessed", lines };
};

const explain = (
  { name, severity, isDirect, via, range, fixAvailable }: Vulnerability,
  ships: boolean,
  assessments: readonly Assessment[],
): string[] => [
  `${name} ${range}: ${severity}, ${ships ? "in what a release installs" : "only where the product is developed"}, ${isDirect ? "a dependency of ours" : "a dependency of a dependency"}`,
  ...via.map((cause) =>
    typeof cause === "string"
      ? `  because of ${cause}`
      : `  ${cause.title} (${cause.severity}, versions ${cause.range}): ${cause.url}${assessmentOf(cause, assessments)}`,
  ),
  `  ${cureOf(fixAvailable)}`,
];

const assessmentOf = ({ url }: Advisory, assessments: readonly Assessment[]): string => {
  const found = assessments.find(({ advisory }) => advisory === url);
  return found ? `\n    assessed: ${found.why}` : "";
};

const cureOf = (fix: Vulnerability["fixAvailable"]): string => {
  if (fix === true) return "a newer version within the range of package.json: npm audit fix";
  return fix === false ? "no fixed version yet" : `fixed with ${fix.name} ${fix.version}`;
};

/** Every advisory of its own is, and every package that it is there because of. */
const isAssessed = (
  { via }: Vulnerability,
  all: readonly Vulnerability[],
  assessments: readonly Assessment[],
  seen: ReadonlySet<string> = new Set(),
): boolean =>
  via.every((cause) => {
    if (typeof cause !== "string") return assessments.some(({ advisory }) => advisory === cause.url);
    const below = all.find(({ name }) => name === cause);
    return (
      seen.has(cause) ||
      (below !== undefined && isAssessed(below, all, assessments, new Set([...seen, cause])))
    );
  });

/** Undefined for anything but a report. */
const vulnerabilitiesIn = (text: string): Vulnerability[] | undefined => {
  const report = parse(text);
  const found = report?.["vulnerabilities"];
  if (report?.["auditReportVersion"] !== 2 || typeof found !== "object" || found === null) return undefined;
  return Object.values(found) as Vulnerability[];
};

const reasonIn = (text: string): string | undefined => {
  const message = parse(text)?.["message"];
  return typeof message === "string" ? `the registry has no advisories (${message})` : undefined;
};

const parse = (text: string): Record<string, unknown> | undefined => {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
};
