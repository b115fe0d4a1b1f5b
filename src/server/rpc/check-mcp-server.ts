import { McpClientSource } from "../../../gen/ts/tokenbroker/v1/mcp_pb.ts";
import type { ClientSource } from "../../mcp/index.ts";
import type { BrokerRpc } from "./rpc.ts";

const SOURCE: Readonly<Record<ClientSource, McpClientSource>> = {
  pre_registered: McpClientSource.PRE_REGISTERED,
  metadata_document: McpClientSource.METADATA_DOCUMENT,
  dynamic_registration: McpClientSource.DYNAMIC_REGISTRATION,
};

export const checkMcpServer: BrokerRpc<"checkMcpServer"> =
  ({ mcp }) =>
  async ({ mcpServerUrl, namespace, wwwAuthenticate, httpStatus }) => {
    const check = await mcp.check({ mcpServerUrl, namespace, given: { wwwAuthenticate, httpStatus } });
    return {
      ...check,
      authorizationServers: [...check.authorizationServers],
      scopes: [...check.scopes],
      warnings: [...check.warnings],
      clientSource:
        check.clientSource === undefined ? McpClientSource.UNSPECIFIED : SOURCE[check.clientSource],
    };
  };
