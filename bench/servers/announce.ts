import { type AddressInfo, type Server } from "node:net";

/** Says where the server listens, in the words of the broker's log. */
export function announce(server: Pick<Server, "address">): void {
  const { address, port } = server.address() as AddressInfo;
  announceAddress(`${address}:${port}`);
}

export function announceAddress(address: string): void {
  process.stdout.write(`${JSON.stringify({ event: "listening", listener: "rpc", address })}\n`);
}
