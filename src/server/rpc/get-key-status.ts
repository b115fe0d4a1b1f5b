import { fromKeyStatus } from "../convert/key-status.ts";
import type { AdminRpc } from "./rpc.ts";

export const getKeyStatus: AdminRpc<"getKeyStatus"> =
  ({ keyRotation }) =>
  async () => ({ keys: (await keyRotation.status()).map(fromKeyStatus) });
