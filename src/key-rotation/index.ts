/**
 * The change of the encryption key: what every key is still needed for, and the sealing of everything anew with the first one. Owns the pace, the passes and
 * the word "done". Does not own which columns are sealed and how (store), nor which keys there are (config).
 *
 * Laws:
 * - It is done when no ciphertext in the database names another key than the first, and never before.
 * - It can be stopped at any moment and begun again anywhere, by several at once: what is sealed anew drops out.
 * - A concurrent refresh is never overwritten, and nobody's call fails or waits for it.
 */
export { createKeyRotation, type KeyRotation, type RotateOptions, type Rotated } from "./key-rotation.ts";
export type { KeyStatus } from "./key-status.ts";
