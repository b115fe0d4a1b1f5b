import type { KitDescription } from "../../src/testing/index.ts";

/** What a runner needs of the kit: its control API. */
export interface ControlClient {
  readonly kit: KitDescription;
  get<T>(path: string): Promise<T>;
  post<T>(path: string, body?: unknown): Promise<T>;
}

export const connectControl = async (controlUrl: string): Promise<ControlClient> => {
  const ask = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const response = await fetch(`${controlUrl}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${text.trim()}`);
    return JSON.parse(text) as unknown;
  };
  return {
    kit: (await ask("GET", "/")) as KitDescription,
    get: async <T>(path: string) => (await ask("GET", path)) as T,
    post: async <T>(path: string, body: unknown = {}) => (await ask("POST", path, body)) as T,
  };
};
