/** A token for the session, from the broker: it is asked before each request, and after each challenge. */
import { AuthorizationStatus } from "../../../../gen/ts/tokenbroker/v1/authorization_pb.ts";
import { createBrowser } from "../../../support/browser.ts";
import { type Broker, type GrantName, Refusal } from "./broker.ts";
import type { Mode } from "./environment.ts";
import type { Challenge } from "./mcp-client.ts";

/** The messages' fields that pass a challenge on. */
export interface PassedChallenge {
  readonly wwwAuthenticate?: string;
  readonly httpStatus?: number;
}

/** Makes the broker hold a token that answers the challenge. */
export type Obtain = (grant: GrantName, passed: PassedChallenge) => Promise<void>;

export interface Token {
  /** The value of the header `Authorization`. */
  readonly authorization: string;
  readonly version: bigint;
}

export interface Tokens {
  /** The token for the next request; undefined before the first challenge. A call says that the one before was accepted. */
  current(): Promise<Token | undefined>;
  /** Another token than `rejected`, after it (or no token) was answered with a challenge. */
  after(challenge: Challenge, rejected: Token | undefined): Promise<Token>;
}

export const tokensOf = (broker: Broker, grant: GrantName, mode: Mode, obtain: Obtain): Tokens => {
  let obtained = false;
  const get = async (rejectedVersion?: bigint): Promise<Token> => {
    const answer = await broker.rpc.getToken({
      ...grant,
      ...(rejectedVersion !== undefined && { rejectedVersion }),
    });
    return { authorization: `${answer.tokenType} ${answer.accessToken}`, version: answer.version };
  };
  return {
    current: async () => (obtained ? await get() : undefined),
    async after(challenge, rejected) {
      await obtain(grant, passed(challenge, mode));
      obtained = true;
      return get(rejected?.version);
    },
  };
};

/** A 403 is known to nobody but the one who met it, so both modes pass it on. */
const passed = ({ status, header }: Challenge, mode: Mode): PassedChallenge =>
  mode === "bare" && status === 401 ? {} : { wwwAuthenticate: header, httpStatus: status };

/** A person's consent: opens what the broker answered, and asks the broker, not the page, how it ended. */
export const byBrowser =
  ({ rpc }: Broker): Obtain =>
  async (grant, challenge) => {
    const { authorizeUrl, authorizationId } = await rpc.startAuthorization({ ...grant, ...challenge });
    await createBrowser().visit(authorizeUrl);
    const { namespace } = grant;
    const { status, reason } = await rpc.getAuthorization({ namespace, authorizationId });
    if (status !== AuthorizationStatus.SUCCEEDED) {
      throw new Refusal(reason || `status ${status}`, "the authorization did not succeed");
    }
  };
