import { once } from "node:events";
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";

/** `api` is where tokens may be sent; `elsewhere` is another origin, where they may not. */
export type Place = "api" | "elsewhere";

/** What the resource answers instead of judging the token. */
export interface ResourceAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Sends on to the same path at this place; `status` says how. */
  readonly redirectTo?: Place;
  /** How many requests are answered so; default 1. */
  readonly times?: number;
}

export interface ResourceRequest {
  readonly at: Place;
  readonly method: string;
  /** With its query. */
  readonly path: string;
  /** The access token that came, in whatever header; "" = none. */
  readonly token: string;
  readonly body: string;
}

/**
 * The API that tokens are for: answers 200 while the token that comes with a request works, and 401 when it does not or when there is none.
 */
export interface Resource extends AsyncDisposable {
  /** `http://127.0.0.1:<port>`, without a slash. */
  readonly url: string;
  readonly elsewhereUrl: string;
  /** In order of arrival. */
  readonly requests: readonly ResourceRequest[];
  /** The next requests to `api` get this answer; several are taken in turn. */
  answer(answer: ResourceAnswer): void;
  /** Forgets requests and answers. */
  reset(): void;
}

/** Whom an access token stands for, while it works. */
export type SubjectOf = (accessToken: string) => string | undefined;

interface Wanted {
  readonly answer: ResourceAnswer;
  left: number;
}

export const startResource = async (subjectOf: SubjectOf): Promise<Resource> => {
  const requests: ResourceRequest[] = [];
  const wanted: Wanted[] = [];
  const urls: Record<Place, string> = { api: "", elsewhere: "" };
  const serve = async (at: Place, message: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await readBody(message);
    const { method = "GET", url: path = "/" } = message;
    const token = tokenOf(message);
    requests.push({ at, method, path, token, body });
    const wish = at === "api" ? scripted(taken(wanted), path, urls) : undefined;
    const answer = wish ?? judged(subjectOf(token));
    response.writeHead(answer.status, { "content-type": "application/json", ...answer.headers });
    response.end(answer.body);
  };
  const handle =
    (at: Place): RequestListener =>
    (message, response) =>
      void serve(at, message, response).catch(() => response.destroy());
  const servers = await Promise.all([listen(handle("api")), listen(handle("elsewhere"))]);
  [urls.api, urls.elsewhere] = servers.map(urlOf) as [string, string];
  return {
    url: urls.api,
    elsewhereUrl: urls.elsewhere,
    requests,
    answer: (answer) => void wanted.push({ answer, left: answer.times ?? 1 }),
    reset() {
      requests.length = 0;
      wanted.length = 0;
    },
    [Symbol.asyncDispose]: async () => void (await Promise.all(servers.map(close))),
  };
};

interface PlainAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

const taken = (wanted: Wanted[]): ResourceAnswer | undefined => {
  const [first] = wanted;
  if (first === undefined) return undefined;
  first.left -= 1;
  if (first.left <= 0) wanted.shift();
  return first.answer;
};

const scripted = (
  answer: ResourceAnswer | undefined,
  path: string,
  urls: Readonly<Record<Place, string>>,
): PlainAnswer | undefined =>
  answer && {
    status: answer.status,
    headers: {
      ...(answer.redirectTo && { location: `${urls[answer.redirectTo]}${path}` }),
      ...answer.headers,
    },
    body: answer.body ?? "{}",
  };

/** RFC 6750 section 3. */
const judged = (subject: string | undefined): PlainAnswer =>
  subject === undefined
    ? { status: 401, headers: { "www-authenticate": 'Bearer error="invalid_token"' }, body: "{}" }
    : { status: 200, body: JSON.stringify({ subject }) };

/** Access tokens of the mock provider begin so. */
const TOKEN = /\bat-[\w-]+/;

const tokenOf = ({ headers }: IncomingMessage): string =>
  Object.values(headers)
    .flat()
    .map((value) => TOKEN.exec(value ?? "")?.[0])
    .find((token) => token !== undefined) ?? "";

const readBody = async (message: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
};

const listen = async (handle: RequestListener): Promise<Server> => {
  const server = createServer(handle).listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
};

const urlOf = (server: Server): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

const close = async (server: Server): Promise<void> => {
  const closed = once(server, "close");
  server.close();
  server.closeAllConnections();
  await closed;
};
