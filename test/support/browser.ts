/**
 * A browser as far as OAuth needs one: it follows redirects, keeps cookies per origin, and submits the forms it meets. Two browsers
 * are two people.
 */

const MAX_STEPS = 30;

export interface Step {
  method: string;
  url: string;
  status: number;
}

export interface Visit {
  /** Every request, in order. */
  chain: Step[];
  /** Where it ended: the redirect that leads to `stopAt` (not requested), or the last page. */
  url: URL;
  /** The page it ended on; undefined at `stopAt`. */
  page?: { status: number; headers: Headers; body: string };
}

export interface VisitOptions {
  /** The origin of the application, which need not be served: a redirect there ends the visit. */
  stopAt?: string;
  /** Which button of a consent page. Default `allow`. */
  decision?: "allow" | "deny";
  /** What to type into fields, by name; other fields keep what the page put there. */
  fields?: Readonly<Record<string, string>>;
  /** Sees each step as it is made. */
  onStep?: (step: Step) => void;
}

export interface Browser {
  visit(url: string, options?: VisitOptions): Promise<Visit>;
}

interface PageRequest {
  url: URL;
  method: "GET" | "POST";
  body?: URLSearchParams;
}

interface Cookie {
  name: string;
  value: string;
  path: string;
}

interface Form {
  action: string;
  method: "GET" | "POST";
  fields: URLSearchParams;
}

export function createBrowser(): Browser {
  const jars = new Map<string, Cookie[]>();
  return { visit: (url, options = {}) => visit(jars, new URL(url), options) };
}

async function visit(jars: Map<string, Cookie[]>, start: URL, options: VisitOptions): Promise<Visit> {
  const chain: Step[] = [];
  let next: PageRequest = { url: start, method: "GET" };
  while (chain.length < MAX_STEPS) {
    const response = await send(jars, next);
    const step = { method: next.method, url: next.url.href, status: response.status };
    chain.push(step);
    options.onStep?.(step);
    const body = await response.text();
    const following = redirect(response, next) ?? submission(response, body, next.url, options);
    if (following === undefined) {
      return { chain, url: next.url, page: { status: response.status, headers: response.headers, body } };
    }
    if (options.stopAt !== undefined && sameOrigin(following.url, options.stopAt)) {
      return { chain, url: following.url };
    }
    next = following;
  }
  throw new Error(`no end after ${MAX_STEPS} requests, the last to ${next.url.origin}${next.url.pathname}`);
}

async function send(jars: Map<string, Cookie[]>, { url, method, body }: PageRequest): Promise<Response> {
  const cookies = (jars.get(url.origin) ?? []).filter(({ path }) => url.pathname.startsWith(path));
  const response = await fetch(url, {
    method,
    redirect: "manual",
    headers: {
      accept: "text/html",
      ...(cookies.length > 0 && { cookie: cookies.map(({ name, value }) => `${name}=${value}`).join("; ") }),
    },
    ...(body && { body }),
  });
  jars.set(url.origin, keepCookies(jars.get(url.origin) ?? [], response.headers.getSetCookie()));
  return response;
}

function keepCookies(jar: Cookie[], lines: string[]): Cookie[] {
  let kept = jar;
  for (const line of lines) {
    const [pair = "", ...attributes] = line.split(/; */);
    const [name = "", ...value] = pair.split("=");
    const attribute = (wanted: string) =>
      attributes.find((text) => text.toLowerCase().startsWith(`${wanted}=`))?.slice(wanted.length + 1);
    const cookie = { name, value: value.join("="), path: attribute("path") ?? "/" };
    const expires = attribute("expires");
    const gone = expires !== undefined && Date.parse(expires) <= Date.now();
    kept = kept.filter((other) => other.name !== name || other.path !== cookie.path);
    kept = gone ? kept : [...kept, cookie];
  }
  return kept;
}

/** 307 and 308 repeat the request; the others become a GET, as browsers do it. */
function redirect(response: Response, { url, method, body }: PageRequest): PageRequest | undefined {
  const location = response.headers.get("location");
  if (location === null || response.status < 300 || response.status > 399) {
    return undefined;
  }
  const target = new URL(location, url);
  const repeats = response.status === 307 || response.status === 308;
  return repeats ? { url: target, method, ...(body && { body }) } : { url: target, method: "GET" };
}

/** The next request that the page's form makes; undefined for a page without one. */
function submission(
  response: Response,
  html: string,
  base: URL,
  { decision, fields }: VisitOptions,
): PageRequest | undefined {
  if (!response.headers.get("content-type")?.startsWith("text/html")) {
    return undefined;
  }
  const forms = formsIn(html);
  const denying = forms.find(({ action }) => action.endsWith("/deny"));
  const form = (decision === "deny" ? denying : undefined) ?? forms[0];
  if (form === undefined) {
    return undefined;
  }
  for (const [name, value] of Object.entries(fields ?? {})) {
    if (form.fields.has(name)) {
      form.fields.set(name, value);
    }
  }
  const url = new URL(form.action, base);
  if (form.method === "POST") {
    return { url, method: "POST", body: form.fields };
  }
  url.search = form.fields.toString();
  return { url, method: "GET" };
}

function formsIn(html: string): Form[] {
  return [...html.matchAll(/<form\b([^>]*)>(.*?)<\/form>/gis)].map(([, attributes = "", content = ""]) => {
    const inputs = [...content.matchAll(/<input\b([^>]*)>/gi)].flatMap(([, input = ""]) => {
      const name = attributeOf(input, "name");
      return name === undefined ? [] : [[name, attributeOf(input, "value") ?? ""] as [string, string]];
    });
    return {
      action: attributeOf(attributes, "action") ?? "",
      method: attributeOf(attributes, "method")?.toLowerCase() === "post" ? "POST" : "GET",
      fields: new URLSearchParams(inputs),
    };
  });
}

function attributeOf(tag: string, name: string): string | undefined {
  const value = new RegExp(`\\b${name}="([^"]*)"`, "i").exec(tag)?.[1];
  return value && unescapeHtml(value);
}

function unescapeHtml(text: string): string {
  const named: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };
  return text.replaceAll(/&(?:#(\d+)|#x([0-9a-f]+)|(\w+));/gi, (entity, decimal, hex, name) => {
    if (name !== undefined) {
      return named[name] ?? entity;
    }
    return String.fromCodePoint(Number.parseInt(decimal ?? hex, decimal === undefined ? 16 : 10));
  });
}

function sameOrigin(url: URL, stopAt: string): boolean {
  const { protocol, host } = new URL(stopAt);
  return url.protocol === protocol && url.host === host;
}
