import { EmailAuthority } from "../../../gen/ts/tokenbroker/v1/login_pb.ts";
import type { LoginIdentity } from "../../authorization-flow/index.ts";
import { callerOf } from "../context.ts";
import { fromConnection } from "../convert/connection.ts";
import type { LoginRpc } from "./rpc.ts";

const AUTHORITY: Readonly<Record<LoginIdentity["emailAuthority"], EmailAuthority>> = {
  none: EmailAuthority.NONE,
  provider: EmailAuthority.PROVIDER,
  verified_domain: EmailAuthority.VERIFIED_DOMAIN,
};

export const completeLogin: LoginRpc<"completeLogin"> =
  ({ authorizations, tokens }) =>
  async ({ ticket, loginId, namespace, keepTokens }, context) => {
    const { identity, kept } = await authorizations.completeLogin({
      ticket,
      loginId: loginId.toLowerCase(),
      namespace,
      keepTokens,
      callerId: callerOf(context).id,
    });
    const emailAuthority =
      identity.email === "" ? EmailAuthority.UNSPECIFIED : AUTHORITY[identity.emailAuthority];
    return {
      identity: { ...identity, emailAuthority },
      ...(kept && { connection: fromConnection(await tokens.getConnection(kept)) }),
    };
  };
