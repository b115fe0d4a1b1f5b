import { missingVariables, resolveEndpoints } from "../catalog/index.ts";
import type { Registration } from "../config/index.ts";

/**
 * The hosts a registration's endpoints lie on, each once. Where a connection still has to give a variable, the host stands with its placeholder,
 * because that is what all its connections have in common.
 */
export const endpointHosts = ({
  definition,
  values,
}: Pick<Registration, "definition" | "values">): string[] => {
  const complete = missingVariables(definition, values).length === 0;
  const endpoints = complete ? resolveEndpoints(definition, values) : definition;
  const { authorizeUrl, tokenUrl, refreshUrl, userinfoUrl, revokeUrl } = endpoints;
  const urls = [authorizeUrl, tokenUrl, refreshUrl, userinfoUrl, revokeUrl].filter((url) => url !== "");
  return [...new Set(urls.map(hostOf))].toSorted();
};

const hostOf = (url: string): string => {
  const authority = /^[a-z]+:\/\/([^/?#]*)/i.exec(url)?.[1] ?? "";
  return authority.toLowerCase().replace(/:\d+$/, "");
};

/**
 * Whether stored grants may follow a registration from `before` to `after` without being asked: every host must be one of the old ones, or lie below
 * one, or above one. That is stricter than "the same registrable domain" (two siblings under one domain differ here): which domains are shared among
 * strangers changes by the day, and a list that lags would hand refresh tokens to a neighbour.
 */
export const isSameParty = (before: readonly string[], after: readonly string[]): boolean =>
  after.every((host) => before.some((known) => isWithin(host, known) || isWithin(known, host)));

const isWithin = (host: string, parent: string): boolean =>
  host === parent || (parent.includes(".") && host.endsWith(`.${parent}`));
