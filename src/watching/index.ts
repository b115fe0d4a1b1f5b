/**
 * Streams that tell what becomes of tokens and connections. Owns who watches what, how a change is noticed, and what is told again. Does not own what is
 * told: a token's state is what GetToken says of it (`tokens/`), a connection's what its row says.
 *
 * Laws:
 * - The row is the truth. Notifications are hints, and a query a second for the whole process finds what they lose.
 * - No stream has a timer or a query of its own while nothing changes, and no queue: what waits for a slow reader is that something changed, not what.
 * - A watch looks at its token as a reader would, ahead of expiry too: what is watched stays warm.
 * - A stream ends with its caller's right, and with this replica.
 */
export { ASK_AGAIN_MS, HEARTBEAT_MS, type StreamOptions } from "./audience.ts";
export type { ConnectionEvent, WatchConnectionsRequest } from "./watch-connections.ts";
export type { TokenEvent } from "./watch-tokens.ts";
export type { TokenWatch } from "./watched-token.ts";
export { createWatching, type Watching, type WatchingDeps } from "./watching.ts";
