/** The broker as its callers see it: the generated clients, and its refusals by their reason. */
import { type Client, ConnectError, createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { ErrorInfoSchema } from "../../../../gen/ts/google/rpc/error_details_pb.ts";
import { TokenBrokerAdminService } from "../../../../gen/ts/tokenbroker/v1/admin_pb.ts";
import { TokenBrokerService } from "../../../../gen/ts/tokenbroker/v1/token_broker_service_pb.ts";

export interface Broker {
  readonly rpc: Client<typeof TokenBrokerService>;
  readonly admin: Client<typeof TokenBrokerAdminService>;
}

/** The messages' fields that name one grant. */
export interface GrantName {
  readonly namespace: string;
  readonly connectionId: string;
  readonly userId: string;
  readonly mcpServerUrl: string;
}

export const connectToBroker = (baseUrl: string): Broker => {
  const transport = createConnectTransport({ baseUrl, httpVersion: "1.1" });
  return {
    rpc: createClient(TokenBrokerService, transport),
    admin: createClient(TokenBrokerAdminService, transport),
  };
};

/** The broker says no, or said in GetAuthorization that the authorization failed: the end of the session. */
export class Refusal extends Error {
  readonly reason: string;

  constructor(reason: string, message: string) {
    super(message);
    this.name = "Refusal";
    this.reason = reason;
  }
}

/** The refusal in an error of an RPC; undefined for whatever has no reason from the broker. */
export const refusalIn = (error: unknown): Refusal | undefined => {
  if (error instanceof Refusal) return error;
  if (!(error instanceof ConnectError)) return undefined;
  const [info] = error.findDetails(ErrorInfoSchema);
  return info && new Refusal(info.reason, error.message);
};
