import { Routine } from "@mikro-orm/core";
import { SCHEMA_VERSION } from "../migrations/index.ts";

/**
 * The SQL functions that the migrations create, for a host whose schema generator manages routines: without them among its own
 * (`routines: [...routines]`), or `schemaGenerator.ignoreRoutines`, an update of its schema would drop the broker's clock.
 */
export const routines: Routine[] = [
  new Routine({
    name: "broker_now",
    type: "function",
    params: {},
    returns: { runtimeType: "Date", columnType: "timestamptz" },
    language: "sql",
    body: "select now()",
    ignoreSchemaChanges: ["body"],
  }),
  new Routine({
    name: "broker_schema_version",
    type: "function",
    params: {},
    returns: { runtimeType: "number", columnType: "int" },
    language: "sql",
    body: `select ${SCHEMA_VERSION}`,
    ignoreSchemaChanges: ["body"],
  }),
];
