import { OperatorError } from "../../errors.ts";

export interface ConnectionUrl {
  readonly database: string;
  /** "host:port", to show. */
  readonly address: string;
}

const SHAPE = "postgres://user:password@host:5432/database, with special characters percent-encoded";

/** What of a PostgreSQL URL may be shown. Throws an Error that names the variable and shows no part of the URL when it is none. */
export const readConnectionUrl = (text: string): ConnectionUrl => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const database = decodeURIComponent(url?.pathname.slice(1) ?? "");
  if (!url || !/^postgres(?:ql)?:$/.test(url.protocol) || database === "") {
    throw new OperatorError(
      `BROKER_DATABASE_URL is not a PostgreSQL URL that names a database: write ${SHAPE}`,
    );
  }
  const host = url.searchParams.get("host") ?? decodeURIComponent(url.hostname);
  return { database, address: `${host || "localhost"}:${url.port || "5432"}` };
};
