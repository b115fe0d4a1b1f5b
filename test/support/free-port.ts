import { once } from "node:events";
import { createServer } from "node:net";

/** A TCP port of 127.0.0.1 that nobody listens on; `preferred` if it is free. Somebody may take it before the caller does. */
export async function freePort(preferred = 0): Promise<number> {
  const probe = createServer().listen(preferred, "127.0.0.1");
  try {
    await once(probe, "listening");
  } catch (error) {
    if (preferred === 0) {
      throw error;
    }
    return freePort();
  }
  const address = probe.address();
  probe.close();
  await once(probe, "close");
  if (address === null || typeof address === "string") {
    throw new Error("no free TCP port on 127.0.0.1");
  }
  return address.port;
}
