import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A TCP proxy on loopback whose network can be made bad while connections stand. */
export interface SlowProxy extends AsyncDisposable {
  readonly port: number;
  /** How late everything arrives that a client sends after its first packet; 0 = at once. */
  delayMs: number;
  /** While true nothing arrives anywhere, and nobody is told. What was sent arrives when the network is back. */
  partitioned: boolean;
  /** While true nothing arrives that the server sends. Its clients' requests do. */
  holdsAnswers: boolean;
  /** While true every connection is broken off, new ones as soon as they stand. */
  broken: boolean;
}

export const startSlowProxy = async (target: { host: string; port: number }): Promise<SlowProxy> => {
  const sockets = new Set<Socket>();
  const [partition, answers] = [createGate(), createGate()];
  let broken = false;
  const server = createServer((client) => {
    if (broken) return void client.resetAndDestroy();
    const upstream = connect(target.port, target.host);
    pipe(client, upstream, () => proxy.delayMs);
    pipe(upstream, client, () => 0, answers);
  });
  const pipe = (from: Socket, to: Socket, delayMs: () => number, gate?: Gate): void => {
    sockets.add(from);
    let packets = 0;
    let arrived = Promise.resolve();
    const deliver = (ms: number, send: () => void): void => {
      const due = new Promise((resolve) => setTimeout(resolve, ms));
      arrived = arrived
        .then(() => due)
        .then(() => partition.passed())
        .then(() => gate?.passed())
        .then(send);
    };
    from.on("data", (chunk) => {
      packets += 1;
      deliver(packets === 1 ? 0 : delayMs(), () => void (to.destroyed || to.write(chunk)));
    });
    from.on("error", () => {});
    from.on("close", () => {
      sockets.delete(from);
      deliver(0, () => to.destroy());
    });
  };
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const proxy: SlowProxy = {
    port: (server.address() as AddressInfo).port,
    delayMs: 0,
    get partitioned() {
      return partition.isClosed();
    },
    set partitioned(next) {
      partition.close(next);
    },
    get holdsAnswers() {
      return answers.isClosed();
    },
    set holdsAnswers(next) {
      answers.close(next);
    },
    get broken() {
      return broken;
    },
    set broken(next) {
      broken = next;
      if (next) for (const socket of sockets) socket.destroy();
    },
    [Symbol.asyncDispose]: async () => {
      partition.close(false);
      answers.close(false);
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
  return proxy;
};

interface Gate {
  isClosed(): boolean;
  close(next: boolean): void;
  /** Resolves when the gate is open. */
  passed(): Promise<void> | undefined;
}

const createGate = (): Gate => {
  let opening: PromiseWithResolvers<void> | undefined;
  return {
    isClosed: () => opening !== undefined,
    close(next) {
      if (next) opening ??= Promise.withResolvers();
      else opening?.resolve();
      if (!next) opening = undefined;
    },
    passed: () => opening?.promise,
  };
};
