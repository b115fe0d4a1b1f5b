import { MikroORM as PgliteOrm } from "@mikro-orm/pglite";
import { MikroORM as PostgresqlOrm } from "@mikro-orm/postgresql";
import { expect, it } from "vitest";
import { entities, routines } from "../../src/store/index.ts";
import { describeEachStore } from "../support/database.ts";

describeEachStore("the migrated schema", (backend) => {
  it("is what the entities describe: a host's schema generator finds nothing to change", async () => {
    const database = await backend.open();
    const connection = database.orm.em.getDriver().getConnection();
    const options = {
      entities,
      routines,
      dbName: "postgres",
      driverOptions: (connection as unknown as { getClient(): object }).getClient(),
      schemaGenerator: { skipTables: ["token_broker_migrations"] },
    };
    const orm = backend.kind === "pglite" ? await PgliteOrm.init(options) : await PostgresqlOrm.init(options);
    expect(await orm.schema.getUpdateSchemaSQL({ wrap: false })).toBe("");
  });
});
