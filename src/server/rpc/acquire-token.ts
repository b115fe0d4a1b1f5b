import {
  AcquireGrant,
  type AcquireTokenRequest,
  SubjectTokenType,
} from "../../../gen/ts/tokenbroker/v1/mcp_pb.ts";
import type { AcquireTokenRequest as Acquire, EnterpriseGrant } from "../../acquisition/index.ts";
import { fromConnection } from "../convert/connection.ts";
import { toGrant } from "../convert/grant.ts";
import type { BrokerRpc } from "./rpc.ts";

export const acquireToken: BrokerRpc<"acquireToken"> =
  ({ acquisition, tokens }) =>
  async (request) => {
    const { wwwAuthenticate, httpStatus, labels } = request;
    const grant = await acquisition.acquire({
      ...toGrant(request),
      grant: grantOf(request),
      scopes: request.scopes,
      challenge: { wwwAuthenticate, httpStatus },
      providerConfig: request.providerConfig,
      labels: Object.keys(labels).length > 0 ? labels : undefined,
    });
    return { connection: fromConnection(await tokens.getConnection(grant)) };
  };

const SUBJECT_TOKEN_TYPE: Readonly<Record<SubjectTokenType, EnterpriseGrant["subjectTokenType"]>> = {
  [SubjectTokenType.UNSPECIFIED]: "id_token",
  [SubjectTokenType.ID_TOKEN]: "id_token",
  [SubjectTokenType.REFRESH_TOKEN]: "refresh_token",
  [SubjectTokenType.SAML2]: "saml2",
};

/** The contract's validation lets no other grant in. */
const grantOf = ({
  grant,
  subjectToken,
  subjectTokenType,
  identityProvider,
}: AcquireTokenRequest): Acquire["grant"] =>
  grant === AcquireGrant.ENTERPRISE_MANAGED
    ? {
        kind: "enterprise",
        subjectToken,
        subjectTokenType: SUBJECT_TOKEN_TYPE[subjectTokenType] ?? "id_token",
        identityProvider,
      }
    : { kind: "client_credentials" };
