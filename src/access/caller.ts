/** The workload behind a call, as this process has proven it. */
export interface Caller {
  /** The id of its API key; `anonymous` where callers are not told apart. */
  readonly id: string;
  /** `open`: nobody proves anything, because only this machine can connect. */
  readonly method: "api_key" | "open";
}
