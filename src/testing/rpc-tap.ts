import type { RpcHandler } from "../server/index.ts";

/** Stands in front of the broker's RPC handler: counts calls as they arrive, hides methods, and cuts connections. */
export interface RpcTap {
  readonly wrap: (handler: RpcHandler) => RpcHandler;
  /** Method → calls since the last reset, streams included. */
  readonly calls: Readonly<Record<string, number>>;
  /** Cuts every connection, in the middle of whatever it carries. Answers how many. */
  cut(): number;
  /** From now on these methods are not there, as in an older broker. */
  hide(methods: readonly string[]): void;
  reset(): void;
}

interface Cuttable {
  readonly destroyed: boolean;
  destroy(): void;
  once(event: "close", listener: () => void): unknown;
}

export const createRpcTap = (): RpcTap => {
  const calls: Record<string, number> = {};
  const connections = new Set<Cuttable>();
  let hidden: readonly string[] = [];
  return {
    wrap: (handler) => (request, response) => {
      const method = request.url?.split("?", 1)[0]?.split("/").at(-1) ?? "";
      calls[method] = (calls[method] ?? 0) + 1;
      const connection: Cuttable | undefined = "stream" in request ? request.stream.session : request.socket;
      if (connection !== undefined && !connections.has(connection)) {
        connections.add(connection);
        connection.once("close", () => connections.delete(connection));
      }
      return hidden.includes(method) ? false : handler(request, response);
    },
    calls,
    cut() {
      const cut = [...connections].filter(({ destroyed }) => !destroyed);
      for (const connection of cut) connection.destroy();
      return cut.length;
    },
    hide(methods) {
      hidden = methods;
    },
    reset() {
      hidden = [];
      for (const method of Object.keys(calls)) delete calls[method];
    },
  };
};
