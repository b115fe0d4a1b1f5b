export interface ConnectionUrl {
  /** The URL with every character of user and password encoded as `pg` wants it. */
  readonly url: string;
  readonly database: string;
  /** "host:port", to show. */
  readonly address: string;
}

const SHAPE = "postgres://user:password@host:5432/database";

/**
 * Reads a PostgreSQL connection URL. A password may hold characters that should have been percent-encoded (`p@ss/#`): then the last
 * "@" ends it. Throws an Error that names BROKER_DATABASE_URL and shows no part of the URL.
 */
export const readConnectionUrl = (text: string): ConnectionUrl => {
  const trimmed = text.trim();
  if (!/^postgres(?:ql)?:\/\//.test(trimmed)) throw problem(`is not a PostgreSQL URL: write ${SHAPE}`);
  const url = parseUrl(isWellFormed(trimmed) ? trimmed : encodeUserInfo(trimmed));
  const database = decode(url.pathname.slice(1));
  if (database === "") throw problem(`names no database: add its name after the host (${SHAPE})`);
  const host = url.searchParams.get("host") ?? decode(url.hostname);
  return { url: url.href, database, address: `${host || "localhost"}:${url.port || "5432"}` };
};

const problem = (text: string): Error => new Error(`BROKER_DATABASE_URL ${text}`);

const parseUrl = (text: string): URL => {
  if (!URL.canParse(text))
    throw problem(
      `cannot be read as a URL: write ${SHAPE}, special characters of the password percent-encoded`,
    );
  return new URL(text);
};

/** One "@" in front of the path, none behind it, no fragment, and valid percent-encoding. */
const isWellFormed = (text: string): boolean => {
  const [, authority = "", rest = ""] = /^\w+:\/\/([^/?#]*)(.*)$/s.exec(text) ?? [];
  const at = authority.split("@").length - 1;
  return at <= 1 && !/[@#]/.test(rest) && isEncoded(authority);
};

const isEncoded = (text: string): boolean => !/%(?![0-9a-f]{2})/i.test(text);

const encodeUserInfo = (text: string): string => {
  const [, scheme = "", userInfo = "", rest = ""] = /^(\w+:\/\/)(.*)@(.*)$/s.exec(text) ?? [];
  const [user = "", ...password] = userInfo.split(":");
  return `${scheme}${encode(user)}:${encode(password.join(":"))}@${rest}`;
};

const encode = (part: string): string => encodeURIComponent(isEncoded(part) ? decode(part) : part);

const decode = (part: string): string => {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
};
