import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { ScriptedAnswer } from "./scripted-answer.ts";

/** Sends an answer, or as much of it as its fault leaves. Resolves when nothing more will be written; `gone` is when the client is. */
export const sendAnswer = async (
  response: ServerResponse,
  answer: ScriptedAnswer,
  gone: AbortSignal,
): Promise<void> => {
  if (answer.delayMs) await pause(answer.delayMs, gone);
  if (gone.aborted || answer.fault === "hang") return;
  if (answer.fault === "reset") response.socket?.resetAndDestroy();
  else if (answer.raw === undefined) await sendHttp(response, answer, gone);
  else response.socket?.end(answer.raw);
};

const pause = (ms: number, gone: AbortSignal): Promise<void> =>
  sleep(ms, undefined, { signal: gone }).catch(() => undefined);

const sendHttp = async (
  response: ServerResponse,
  answer: ScriptedAnswer,
  gone: AbortSignal,
): Promise<void> => {
  const body = Buffer.from(answer.json === undefined ? (answer.body ?? "") : JSON.stringify(answer.json));
  const length = answer.fault === "truncate" ? body.length + 100 : body.length;
  response.writeHead(answer.status ?? 200, {
    ...(answer.json === undefined ? {} : { "content-type": "application/json" }),
    ...(answer.fault === "endless" ? {} : { "content-length": String(length) }),
    ...answer.headers,
  });
  if (answer.fault === "endless") return await sendForEver(response, body);
  if (answer.fault === "stall") return sendHalf(response, body);
  if (answer.paceMs === undefined && answer.fault === undefined && answer.chunkBytes === undefined)
    return void response.end(body);
  await sendPaced(response, body, answer, gone);
  if (answer.fault === "truncate") response.socket?.destroySoon();
  else response.end();
};

const sendHalf = (response: ServerResponse, body: Buffer): void => {
  response.flushHeaders();
  response.write(body.subarray(0, Math.ceil(body.length / 2)));
};

const sendPaced = async (
  response: ServerResponse,
  body: Buffer,
  { chunkBytes = body.length, paceMs = 0 }: ScriptedAnswer,
  gone: AbortSignal,
): Promise<void> => {
  for (let start = 0; start < body.length && !response.destroyed; start += chunkBytes) {
    if (paceMs > 0) await pause(paceMs, gone);
    response.write(body.subarray(start, start + chunkBytes));
  }
};

const sendForEver = async (response: ServerResponse, body: Buffer): Promise<void> => {
  const closed = once(response, "close");
  while (!response.destroyed) {
    if (response.write(body)) continue;
    const drained = new AbortController();
    await Promise.race([once(response, "drain", { signal: drained.signal }), closed]);
    drained.abort();
  }
};
