import diagnostics from "node:diagnostics_channel";

/** The header that tells a provider's log which replica called. */
export const REPLICA_HEADER = "x-replica";

interface UndiciRequest {
  readonly method: string;
  addHeader(name: string, value: string): unknown;
}

/** Every request that this process sends out carries its name. */
export const labelRequests = (name: string): void => {
  diagnostics.subscribe("undici:request:create", (message) => {
    (message as { request: UndiciRequest }).request.addHeader(REPLICA_HEADER, name);
  });
};

/** Calls back whenever a request with a body has been handed to the socket in full. */
export const onRequestSent = (callback: () => void): void => {
  diagnostics.subscribe("undici:request:bodySent", callback);
};
