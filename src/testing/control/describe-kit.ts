import type { DrivenKit } from "../test-kit.ts";

/** Everything that a client or a test needs to know of a running kit, as JSON. */
export const describeKit = ({ brokerUrl, apiKey, tls, provider, resource, connections }: DrivenKit) => ({
  brokerUrl,
  apiKey,
  tls: tls && {
    url: tls.url,
    ca: tls.ca,
    clientCertificate: tls.client.certificate,
    clientKey: tls.client.privateKey,
  },
  resourceUrl: resource.url,
  elsewhereUrl: resource.elsewhereUrl,
  providerUrl: provider.url,
  providers: [...provider.vendors.keys()],
  connections: connections.all(),
});

export type KitDescription = ReturnType<typeof describeKit>;
