import { lstat, rm } from "node:fs/promises";
import { type AddressInfo, connect, type Server } from "node:net";
import type { ListenAddress } from "../config/index.ts";

/** Binds a server. Rejects with the system's error (EADDRINUSE, EACCES); resolves with the port that the system chose for port 0. */
export const listenOn = async (server: Server, address: ListenAddress): Promise<ListenAddress> => {
  try {
    await bind(server, address);
  } catch (error) {
    if (address.kind !== "unix" || !(await isLeftOver(address.path))) throw error;
    await rm(address.path, { force: true });
    await bind(server, address);
  }
  return address.kind === "unix" ? address : { ...address, port: (server.address() as AddressInfo).port };
};

const bind = async (server: Server, address: ListenAddress): Promise<void> => {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  server.listen(
    address.kind === "unix" ? { path: address.path } : { host: address.host, port: address.port },
    resolve,
  );
  await promise;
  server.off("error", reject);
  // From here on an error is a connection that could not be accepted (too many open files): its client's to retry, not the end of the process.
  server.on("error", () => {});
};

/** A socket file whose process is gone refuses connections; so does a file that is no socket, which is somebody's and stays. */
const isLeftOver = async (path: string): Promise<boolean> => {
  const isSocket = await lstat(path).then(
    (file) => file.isSocket(),
    () => false,
  );
  return isSocket && (await refusesConnections(path));
};

const refusesConnections = async (path: string): Promise<boolean> => {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect(path, () => resolve(false));
  socket.once("error", (error) => resolve("code" in error && error.code === "ECONNREFUSED"));
  const refuses = await promise;
  socket.destroy();
  return refuses;
};
