import { boolean, list } from "../value-types.ts";
import { plain } from "./setting.ts";

export const providerSettings = {
  providers: plain({
    name: "CONNECT_PROVIDERS",
    group: "Providers",
    type: list((item) => item, "names of lower-case letters, digits, `_` and `-`"),
    default: [],
    defaultText: "none",
    doc: "Names to activate besides the catalog: other providers, or catalog entries under another name (`CONNECT_{NAME}_TEMPLATE`). It never narrows the catalog. A name listed here that cannot be activated stops the start.",
  }),
  legacyNames: plain({
    name: "BROKER_LEGACY_NAMES",
    group: "Providers",
    type: boolean,
    default: true,
    doc: "Whether the older names of some providers' credentials (`{NAME}_CLIENT_ID`, `{NAME}_CLIENT_SECRET`) are read where `CONNECT_{NAME}_CLIENT_ID` and `CONNECT_{NAME}_CLIENT_SECRET` are both unset. Each use is logged with the name to prefer.",
  }),
} as const;
