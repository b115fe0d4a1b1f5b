import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import {
  ProviderConfidence,
  type ProviderSchema,
  ProviderSource,
} from "../../../gen/ts/tokenbroker/v1/provider_pb.ts";
import { invalidField } from "../../errors.ts";
import type { ProviderView } from "../../registrations/index.ts";

const SOURCE: Readonly<Record<ProviderView["source"], ProviderSource>> = {
  catalog: ProviderSource.CATALOG,
  environment: ProviderSource.ENVIRONMENT,
  rpc: ProviderSource.RPC,
  code: ProviderSource.CODE,
};

const CONFIDENCE: Readonly<Record<ProviderView["confidence"], ProviderConfidence>> = {
  confirmed: ProviderConfidence.CONFIRMED,
  "single-source": ProviderConfidence.SINGLE_SOURCE,
  contested: ProviderConfidence.CONTESTED,
  unverified: ProviderConfidence.UNVERIFIED,
  operator: ProviderConfidence.OPERATOR,
};

/** The contract's validation lets no other value in. */
export const toConfidence = (wire: ProviderConfidence): ProviderView["confidence"] => {
  const found = Object.entries(CONFIDENCE).find(([, value]) => value === wire);
  if (!found) throw invalidField("confidences", "holds a value that is not defined");
  return found[0] as ProviderView["confidence"];
};

export const fromProvider = ({
  clientSecretExpiresAt,
  ...view
}: ProviderView): MessageInitShape<typeof ProviderSchema> => ({
  ...view,
  missing: [...view.missing],
  limitations: [...view.limitations],
  findings: [...view.findings],
  defaultScopes: [...view.defaultScopes],
  aliases: [...view.aliases],
  sources: [...view.sources],
  oddities: [...view.oddities],
  variables: view.variables.map((variable) => ({ ...variable })),
  source: SOURCE[view.source],
  confidence: CONFIDENCE[view.confidence],
  ...(clientSecretExpiresAt && { clientSecretExpiresAt: timestampFromDate(clientSecretExpiresAt) }),
});
