import { EmailAuthority } from "../../../gen/ts/tokenbroker/v1/login_pb.ts";
import type { LoginIdentity } from "../../authorization-flow/index.ts";
import { callerOf } from "../context.ts";
import type { LoginRpc } from "./rpc.ts";

const AUTHORITY: Readonly<Record<LoginIdentity["emailAuthority"], EmailAuthority>> = {
  none: EmailAuthority.NONE,
  provider: EmailAuthority.PROVIDER,
  verified_domain: EmailAuthority.VERIFIED_DOMAIN,
};

export const completeLogin: LoginRpc<"completeLogin"> =
  ({ authorizations }) =>
  async ({ ticket, loginId, namespace }, context) => {
    const callerId = callerOf(context).id;
    const login = { ticket, loginId: loginId.toLowerCase(), namespace, callerId };
    const identity = await authorizations.completeLogin(login);
    const emailAuthority =
      identity.email === "" ? EmailAuthority.UNSPECIFIED : AUTHORITY[identity.emailAuthority];
    return { identity: { ...identity, emailAuthority } };
  };
