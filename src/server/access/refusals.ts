import { create, type DescMethod, type Message } from "@bufbuild/protobuf";
import {
  ProviderRevocation,
  RevokeConnectionResponseSchema,
  type RevokeConnectionRequest,
} from "../../../gen/ts/tokenbroker/v1/connection_pb.ts";
import { type Condition, SUBJECT_TOKEN } from "../../access/index.ts";
import { BrokerError, type BrokerErrorCode } from "../../errors.ts";
import { type Absent, absentOf } from "./targets.ts";

/** The caller may not call this at all. */
export const methodDenied = (method: string): BrokerError =>
  new BrokerError(
    "PERMISSION_DENIED",
    `this caller may not call ${method}: no rule of the policy allows it`,
    {
      metadata: { condition: "method" },
    },
  );

/** Word for word what the rooms answer for what is not there; a test compares them. */
const ABSENT: Readonly<Record<Exclude<Absent, "list" | "refused">, readonly [BrokerErrorCode, string]>> = {
  connection: [
    "CONNECTION_NOT_FOUND",
    "there is no such connection: the person must authorize first (StartAuthorization)",
  ],
  authorization: [
    "AUTHORIZATION_NOT_FOUND",
    "authorization_id: unknown in this namespace, or forgotten some time after it expired",
  ],
  provider: ["PROVIDER_NOT_FOUND", "no provider of this name is active in this namespace"],
  ticket: [
    "TICKET_REJECTED",
    "ticket: not known for this user and caller; present it with the user that StartAuthorization named",
  ],
  login_ticket: [
    "TICKET_REJECTED",
    "ticket: not known for this login_id and caller; present the login_id that this browser's session kept",
  ],
  client: ["OAUTH_CLIENT_NOT_FOUND", "id: no such client in this namespace"],
};

export const absentError = (absent: keyof typeof ABSENT): BrokerError => new BrokerError(...ABSENT[absent]);

const WHERE: ReadonlySet<Condition> = new Set<Condition>(["namespace", "provider", "user"]);

/**
 * The answer to a call that the policy refuses. What the caller may not see looks as if it were not there, so that nobody learns by asking what others
 * have; a limit on what is asked for is named.
 *
 * @throws BrokerError, where the answer is an error.
 */
export const refuse = (method: DescMethod, message: Message, condition: Condition): Message => {
  if (condition === "method" || condition === "caller") throw methodDenied(method.name);
  if (!WHERE.has(condition)) throw limitError(condition);
  const absent = absentOf(method);
  if (absent === "list") return create(method.output);
  if (isMissingAllowed(method, message))
    return create(RevokeConnectionResponseSchema, { providerRevocation: ProviderRevocation.NOT_SUPPORTED });
  if (absent !== "refused") throw absentError(absent);
  throw condition === "provider" ? foreignProvider(message) : limitError(condition);
};

const isMissingAllowed = ({ name }: DescMethod, message: Message): boolean =>
  name === "RevokeConnection" && (message as RevokeConnectionRequest).allowMissing;

const foreignProvider = (message: Message): BrokerError =>
  (message as { readonly provider?: string }).provider ? absentError("provider") : limitError("provider");

const LIMITS: Readonly<Partial<Record<Condition, string>>> = {
  namespace: "namespace: no rule of the policy lets this caller do this in this namespace",
  provider: "no rule of the policy lets this caller do this with this provider or MCP server",
  user: "user_id: no rule of the policy lets this caller do this for this user",
  subject: `user_id: this caller acts only for the person whose token comes in ${SUBJECT_TOKEN}`,
  scopes: "scopes: no rule of the policy lets this caller have these; name scopes that it may have",
  max_ttl: "min_ttl: is longer than the policy lets this caller ask for",
};

export const limitError = (condition: Condition): BrokerError => {
  if (condition !== "redirect_uri")
    return new BrokerError("PERMISSION_DENIED", LIMITS[condition] ?? "the policy does not allow it", {
      metadata: { condition },
    });
  const description = "no rule of the policy lets this caller send browsers there";
  return new BrokerError("REDIRECT_URI_NOT_ALLOWED", `redirect_uri: ${description}`, {
    metadata: { variable: "BROKER_POLICY_FILE" },
    fieldViolations: [{ field: "redirect_uri", description }],
  });
};
