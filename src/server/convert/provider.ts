import type { MessageInitShape } from "@bufbuild/protobuf";
import {
  ProviderConfidence,
  type ProviderSchema,
  ProviderSource,
} from "../../../gen/ts/tokenbroker/v1/provider_pb.ts";
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

export const fromProvider = (view: ProviderView): MessageInitShape<typeof ProviderSchema> => ({
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
});
