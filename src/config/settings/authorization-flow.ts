import { parseApiBase, parseRedirectItem, parseReturnUrl } from "../urls.ts";
import { boolean, choice, integer, list } from "../value-types.ts";
import { plain } from "./setting.ts";

export const authorizationFlowSettings = {
  apiBase: plain({
    name: "CONNECT_API_BASE",
    group: "Authorization flow",
    type: {
      expects: "an https URL (http only for this machine) without user, query or fragment",
      parse: parseApiBase,
    },
    default: undefined,
    defaultText: "`http://localhost:<callback port>` in development",
    doc: "The public base URL that callback URLs are built from, never taken from a request. A path is kept, a slash at the end dropped. Production requires it.",
  }),
  defaultRedirectUri: plain({
    name: "CONNECT_DEFAULT_REDIRECT_URI",
    group: "Authorization flow",
    type: {
      expects:
        "an https URL (http only for this machine) or a URL with a scheme of your application, without user or fragment",
      parse: parseReturnUrl,
    },
    default: undefined,
    defaultText: "a plain result page",
    doc: "Where the browser goes after the flow if the request names no `redirect_uri`. Its host is always allowed.",
  }),
  redirectAllow: plain({
    name: "CONNECT_REDIRECT_ALLOW_HOSTS",
    group: "Authorization flow",
    type: list(
      parseRedirectItem,
      "`host` (any port), `host:port` or `scheme:` (an application's own scheme); no wildcards, no paths",
    ),
    default: [],
    defaultText: "none",
    doc: "Where `redirect_uri` may lead, compared exactly. Without it only the host of `CONNECT_DEFAULT_REDIRECT_URI` is allowed, and loopback in development.",
  }),
  stateTtlSeconds: plain({
    name: "CONNECT_STATE_TTL_SECONDS",
    group: "Authorization flow",
    type: integer(60, 3600),
    default: 600,
    doc: "How long a person may take between StartAuthorization and the callback.",
  }),
  completion: plain({
    name: "BROKER_COMPLETION",
    group: "Authorization flow",
    type: choice("automatic", "required"),
    default: undefined,
    defaultText: "`automatic` in development",
    doc: "`automatic`: the callback stores the token. `required`: the application confirms the user of its own session with CompleteAuthorization first. With `automatic`, whoever makes a person open a link attaches that person's account to their own connection; production must choose by name.",
  }),
  pinAccounts: plain({
    name: "BROKER_PIN_ACCOUNTS",
    group: "Authorization flow",
    type: boolean,
    default: false,
    doc: "`true` refuses an authorization of a connection by another account at the provider than the one that is connected (`account_mismatch`), unless StartAuthorization says `allow_account_change`. `false` lets it through, logs and counts it; a request may ask for the refusal (`pin_account`). It concerns connections whose account is known (`account_pinned`).",
  }),
} as const;
