import { path } from "../value-types.ts";
import { plain } from "./setting.ts";

export const storageSettings = {
  dataDir: plain({
    name: "BROKER_DATA_DIR",
    group: "Storage and encryption",
    type: path,
    default: undefined,
    defaultText: "`.token-broker`",
    doc: "The directory of the embedded database (PGlite), which is used while `BROKER_DATABASE_URL` is unset: one process only. Production wants it set explicitly. `memory://` keeps everything in memory and loses it at the end (development only).",
  }),
  spoolDir: plain({
    name: "BROKER_SPOOL_DIR",
    group: "Storage and encryption",
    type: path,
    default: undefined,
    defaultText: "unset: no spool",
    doc: "A directory of this replica that outlives its process. A refreshed token that the database does not take is also kept there, encrypted, until it is stored, if need be after the next start. Without it such a token lives in memory alone.",
  }),
  instanceId: plain({
    name: "BROKER_INSTANCE_ID",
    group: "Storage and encryption",
    type: {
      expects: "1 to 63 letters, digits, `.`, `_` or `-`",
      parse: (text) => (/^[A-Za-z0-9._-]{1,63}$/.test(text) ? text : undefined),
    },
    default: undefined,
    defaultText: "unset: not checked",
    doc: "Names this deployment, the same on all its replicas, and another one wherever a copy of the database is started. The database remembers the one of the first start. A start with another serves what is stored and refreshes nothing, so that a restored copy cannot end the grants of the original, until `token-broker resume` gives the database to it.",
  }),
} as const;
