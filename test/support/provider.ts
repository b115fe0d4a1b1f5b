/**
 * One authorization server at the root of its own port, with every request kept: for tests of one provider in their own process. Everything that it can
 * do besides stands in test/mock-provider.
 */
import {
  consent,
  type Grants,
  type MockProvider,
  type MockProviderOptions,
  type ProviderEndpoint,
  type ProviderRequest,
  type ScriptedAnswer,
  type ScriptHandle,
  startMockProvider,
  type Vendor,
  type VendorSettings,
} from "../mock-provider/index.ts";

export {
  fingerprint,
  type GrantRules,
  gzipBomb,
  type IssuedTokens,
  json,
  oauthError,
  type PresentedClient,
  type ProviderEndpoint,
  type ProviderRequest,
  redirectTo,
  type ScriptedAnswer,
  type VendorSettings as ProviderSettings,
} from "../mock-provider/index.ts";

export type ProviderOptions = Partial<VendorSettings> & Pick<MockProviderOptions, "port" | "tls">;

/** A real authorization server on 127.0.0.1 that does what RFC 6749, 7009 and 7636 say until a test tells it otherwise. */
export interface TestProvider extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly authorizeUrl: string;
  readonly tokenUrl: string;
  readonly revokeUrl: string;
  readonly userinfoUrl: string;
  readonly settings: VendorSettings;
  readonly grants: Grants;
  /** Every request in order of arrival; entries are filled in as they end. */
  readonly requests: readonly ProviderRequest[];
  requestsTo(endpoint: ProviderEndpoint): readonly ProviderRequest[];
  /** TCP connections accepted so far, also those that never sent a request. */
  readonly connectionCount: number;
  /** TCP connections that stand at the moment. */
  openConnections(): Promise<number>;
  /** The next requests to this endpoint get these answers, one each; then it is itself again. */
  script(endpoint: ProviderEndpoint, ...answers: readonly ScriptedAnswer[]): void;
  /** Every request to this endpoint gets this answer, until it is set to undefined. Scripted ones come first. */
  always(endpoint: ProviderEndpoint, answer: ScriptedAnswer | undefined): void;
  /** A person opens the URL and decides: the URL the browser is then sent to (the broker's callback). A form post's fields stand in the query. */
  authorize(authorizeUrl: string): Promise<URL>;
  /** The server with its log, its clock and what else it has. */
  readonly server: MockProvider;
  readonly vendor: Vendor;
  close(): Promise<void>;
}

/** `await using provider = await startTestProvider()`. */
export const startTestProvider = async ({
  port,
  tls,
  ...settings
}: ProviderOptions = {}): Promise<TestProvider> => {
  const server = await startMockProvider({ port, tls, vendors: { "": settings }, keepsRequests: true });
  const vendor = server.vendor("");
  const constants = new Map<ProviderEndpoint, ScriptHandle>();
  return {
    url: server.url,
    port: server.port,
    authorizeUrl: vendor.authorizeUrl,
    tokenUrl: vendor.tokenUrl,
    revokeUrl: vendor.revokeUrl,
    userinfoUrl: vendor.userinfoUrl,
    settings: vendor.settings,
    grants: vendor.grants,
    requests: vendor.requests,
    requestsTo: (endpoint) => vendor.requests.filter((request) => request.endpoint === endpoint),
    get connectionCount() {
      return server.connectionCount;
    },
    openConnections: () => server.openConnections(),
    script(endpoint, ...answers) {
      for (const answer of answers) vendor.script({ endpoint, answer });
    },
    always(endpoint, answer) {
      constants.get(endpoint)?.remove();
      constants.delete(endpoint);
      if (answer) constants.set(endpoint, vendor.script({ endpoint, answer, times: Infinity }));
    },
    authorize: consent,
    server,
    vendor,
    close: () => server.close(),
    [Symbol.asyncDispose]: () => server.close(),
  };
};
