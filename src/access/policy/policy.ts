import { type BrokerConfig, type FollowedFile, parsePolicy } from "../../config/index.ts";
import type { Logger } from "../../telemetry/index.ts";
import type { Clock } from "../../time.ts";
import type { Caller } from "../caller.ts";
import { openFile } from "../open-file.ts";
import { type AccessTarget, decide, denied } from "./decide.ts";
import { reachOf } from "./reach.ts";
import type { Decision } from "./rule.ts";
import { compilePolicy, type Rules } from "./rules.ts";

/** What callers may do. */
export interface AccessPolicy {
  /** Whether any target of this method could be allowed: asked before the request is read. */
  mayCall(caller: Caller, method: string): boolean;
  decide(caller: Caller, method: string, target: AccessTarget): Decision;
  /** undefined = there is no policy. */
  rules(): Rules | undefined;
  /** Reads the file again, now. */
  reload(): void;
}

/** A person's token alone opens what a page of connected accounts needs, for that person, and never a token. */
export const PERSON_METHODS: ReadonlySet<string> = new Set([
  "StartAuthorization",
  "CompleteAuthorization",
  "ListConnections",
  "RevokeConnection",
]);

export interface AccessPolicyDependencies {
  readonly logger: Logger;
  readonly clock?: Clock;
}

/**
 * By BROKER_POLICY_FILE, which is read again when it changes; one that has become unusable leaves the last good rules in force and is logged. Without one,
 * development allows everything and production nothing.
 *
 * @throws ConfigError when the file cannot be used now.
 */
export const createAccessPolicy = (
  { policyFile, mode }: Pick<BrokerConfig, "policyFile" | "mode">,
  dependencies: AccessPolicyDependencies,
): AccessPolicy => {
  const file = policyFile === undefined ? undefined : openPolicy(policyFile, dependencies);
  if (file === undefined && mode === "development")
    dependencies.logger.warn("there is no policy: every caller may do everything", {
      variable: "BROKER_POLICY_FILE",
    });
  const isOpen = file === undefined && mode === "development";
  const decideFor = (caller: Caller, method: string, target: AccessTarget): Decision => {
    const foreign = caller.method === "person" ? foreignToPerson(caller, method, target) : undefined;
    if (foreign) return foreign;
    if (isOpen) return ALLOWED;
    return file ? decide(file.current().of(caller.id, method), reachOf(method, target)) : denied("caller");
  };
  return {
    mayCall(caller, method) {
      if (caller.method === "person" && !PERSON_METHODS.has(method)) return false;
      return isOpen || (file?.current().of(caller.id, method) ?? []).length > 0;
    },
    decide: decideFor,
    rules: () => file?.current(),
    reload: () => file?.reload(),
  };
};

const ALLOWED: Decision = { allowed: true, rule: "", minTtlMs: 0, limitsScopes: false };

/** Whatever the rules say: a person is nobody else, and gets no token. */
const foreignToPerson = (
  { subject }: Caller,
  method: string,
  { userId }: AccessTarget,
): Decision | undefined => {
  if (!PERSON_METHODS.has(method)) return denied("method");
  return userId === undefined || userId === subject?.userId ? undefined : denied("user");
};

const openPolicy = (path: string, { logger, clock }: AccessPolicyDependencies): FollowedFile<Rules> =>
  openFile({
    variable: "BROKER_POLICY_FILE",
    path,
    parse: (text) => compilePolicy(parsePolicy(text)),
    notReloaded: "policy not reloaded, the last good one stays in force",
    onChange: ({ all }) => logger.info("policy reloaded", { path, count: all.length }),
    logger,
    clock,
  });
