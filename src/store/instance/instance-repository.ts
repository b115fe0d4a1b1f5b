import { readText } from "../database/read-row.ts";
import { execute, type Sql, statement } from "../database/sql.ts";

/** Whose database this is. */
export interface InstanceRepository {
  /** Records the id if none is recorded; answers the recorded one. Of several that start at once the first stays. */
  record(id: string): Promise<string>;
  /** From now on it is this instance's. Answers whose it was; undefined = nobody's. */
  replace(id: string): Promise<string | undefined>;
}

const SLOT = "owner";

const RECORD = statement<"slot" | "instance_id">(
  "instance.record",
  `insert into broker_instance (slot, instance_id, recorded_at) values (:slot, :instance_id, broker_now())
   on conflict (slot) do nothing`,
);

const FIND = statement<"slot">("instance.find", "select instance_id from broker_instance where slot = :slot");

const REPLACE = statement<"slot" | "instance_id">(
  "instance.replace",
  `insert into broker_instance (slot, instance_id, recorded_at) values (:slot, :instance_id, broker_now())
   on conflict (slot) do update set instance_id = excluded.instance_id, recorded_at = excluded.recorded_at`,
);

export const createInstanceRepository = (sql: Sql): InstanceRepository => {
  const find = async (): Promise<string | undefined> => {
    const { rows } = await execute(sql, FIND, { slot: SLOT });
    return rows[0] && readText(rows[0], "instance_id");
  };
  return {
    async record(id) {
      const found = await find();
      if (found !== undefined) return found;
      await execute(sql, RECORD, { slot: SLOT, instance_id: id });
      return (await find()) ?? id;
    },
    async replace(id) {
      const before = await find();
      await execute(sql, REPLACE, { slot: SLOT, instance_id: id });
      return before;
    },
  };
};
