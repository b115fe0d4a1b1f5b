import { BrokerError } from "../errors.ts";

/** A registration's name: lower-case letters, digits, `_` and `-`, at most 63 characters. */
export const providerNamePattern = /^[a-z0-9][a-z0-9_-]{0,62}$/;

/** Path segments the callback uses itself (`/connect/callback/mcp/…`, `/connect/login/…`). */
export const reservedProviderNames: ReadonlySet<string> = new Set(["mcp", "login"]);

/** Whether a registration may be called so. Reserved names may not. */
export const isProviderName = (name: string): boolean =>
  providerNamePattern.test(name) && !reservedProviderNames.has(name);

/**
 * What stands for a name between `CONNECT_` and the setting: upper case, every character other than A–Z and
 * 0–9 as `_`.
 */
export const environmentName = (name: string): string => name.toUpperCase().replaceAll(/[^A-Z0-9]/g, "_");

/** @throws BrokerError INVALID_REQUEST naming the rule. */
export const assertProviderName = (name: string): void => {
  if (isProviderName(name)) return;
  const rule = `a provider's name matches ${providerNamePattern.source} and is none of ${[...reservedProviderNames].join(", ")}`;
  throw new BrokerError("INVALID_REQUEST", rule, { fieldViolations: [{ field: "name", description: rule }] });
};
