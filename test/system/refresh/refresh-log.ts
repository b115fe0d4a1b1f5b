/** What a provider saw of refreshes: the only judge of them. */
import { type TestProvider } from "../../support/provider.ts";
import { REPLICA_HEADER } from "../../support/replica-requests.ts";

/** One refresh as it reached the provider. Times are `performance.now()` of the test. */
export interface RefreshCall {
  readonly connectionId: string;
  readonly replica: string;
  readonly startMs: number;
  /** When the answer was written; undefined = never. */
  readonly endMs: number | undefined;
  /** `issued`; `replayed` = a spent refresh token within its grace; `reused` = one after it; else what the provider said. */
  readonly verdict: string;
  /** Of the grant afterwards. */
  readonly generation: number | undefined;
}

export interface WatchedProvider {
  readonly provider: TestProvider;
  readonly clientId: string;
  /** A grant as if a person had allowed it. */
  open(connectionId: string): { readonly accessToken: string; readonly refreshToken: string };
  /** Refreshes so far, in the order of arrival. */
  calls(): RefreshCall[];
  generationOf(connectionId: string): number;
}

interface Grant {
  readonly connectionId: string;
  current: string;
  generation: number;
}

export const watchProvider = (provider: TestProvider, clientId: string): WatchedProvider => {
  const grants = new Map<string, Grant>();
  const byConnection = new Map<string, Grant>();
  const verdicts = new Map<string, { grant: Grant | undefined; verdict: string }[]>();
  const { grants: served } = provider;
  const refresh = served.refresh.bind(served);
  served.refresh = (token, client) => {
    const grant = grants.get(token);
    const isCurrent = grant?.current === token;
    const issued = refresh(token, client);
    const verdict = isCurrent ? (issued ? "issued" : "refused") : issued ? "replayed" : grant ? "reused" : "refused";
    verdicts.set(token, [...(verdicts.get(token) ?? []), { grant, verdict }]);
    if (grant && issued?.refreshToken !== undefined) {
      grant.current = issued.refreshToken;
      grant.generation = issued.generation;
      grants.set(issued.refreshToken, grant);
    }
    return issued;
  };
  return {
    provider,
    clientId,
    open(connectionId) {
      const { accessToken, refreshToken = "" } = served.open({ clientId, subject: connectionId });
      const grant = { connectionId, current: refreshToken, generation: 1 };
      grants.set(refreshToken, grant);
      byConnection.set(connectionId, grant);
      return { accessToken, refreshToken };
    },
    calls() {
      const seen = new Map<string, number>();
      return provider
        .requestsTo("token")
        .filter(({ params }) => params["grant_type"] === "refresh_token")
        .map((request): RefreshCall => {
          const token = request.params["refresh_token"] ?? "";
          const nth = seen.get(token) ?? 0;
          seen.set(token, nth + 1);
          const known = request.verdict === "scripted" ? undefined : verdicts.get(token)?.[nth];
          return {
            connectionId: grants.get(token)?.connectionId ?? "",
            replica: String(request.headers[REPLICA_HEADER] ?? ""),
            startMs: request.startedAtMs,
            endMs: request.endedAtMs,
            verdict: known?.verdict ?? request.verdict,
            generation: request.generation,
          };
        });
    },
    generationOf: (connectionId) => byConnection.get(connectionId)?.generation ?? 0,
  };
};
