import { remainingMs } from "../context.ts";
import { fromKeyStatus } from "../convert/key-status.ts";
import type { AdminRpc } from "./rpc.ts";

/** Of the time that the call has: the last batch, and the counting, come after it. */
const SHARE = 0.5;

export const rotateKeys: AdminRpc<"rotateKeys"> =
  ({ keyRotation }) =>
  async ({ rowsPerSecond }, context) => {
    const { done, resealed, unreadable, keys } = await keyRotation.rotate({
      rowsPerSecond: rowsPerSecond === 0 ? undefined : rowsPerSecond,
      forMs: SHARE * remainingMs(context),
      signal: context.signal,
    });
    return {
      done,
      resealed: BigInt(resealed),
      unreadable: BigInt(unreadable),
      keys: keys.map(fromKeyStatus),
    };
  };
