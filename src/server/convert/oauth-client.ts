import type { MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { type OAuthClientSchema, OAuthClientSource } from "../../../gen/ts/tokenbroker/v1/admin_pb.ts";
import type { OAuthClientView } from "../../mcp/index.ts";

const SOURCE: Readonly<Record<OAuthClientView["source"], OAuthClientSource>> = {
  rpc: OAuthClientSource.RPC,
  environment: OAuthClientSource.ENVIRONMENT,
  dynamic: OAuthClientSource.DYNAMIC_REGISTRATION,
  document: OAuthClientSource.METADATA_DOCUMENT,
};

export const fromOAuthClient = ({
  secretExpiresAt,
  createdAt,
  ...view
}: OAuthClientView): MessageInitShape<typeof OAuthClientSchema> => ({
  ...view,
  grantTypes: [...view.grantTypes],
  source: SOURCE[view.source],
  ...(secretExpiresAt && { clientSecretExpiresAt: timestampFromDate(secretExpiresAt) }),
  ...(createdAt && { createdAt: timestampFromDate(createdAt) }),
});
