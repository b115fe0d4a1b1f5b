import type { Database } from "../../../src/store/index.ts";

/** Everything that the database holds, as text, for searching. */
export const databaseText = async ({ sql }: Database): Promise<string> => {
  const { rows: tables } = await sql.run(
    "",
    "select quote_ident(table_name) as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'",
    [],
  );
  const texts: string[] = [];
  for (const { name } of tables) {
    const { rows } = await sql.run("", `select t::text as text from ${String(name)} t`, []);
    texts.push(...rows.map(({ text }) => String(text)));
  }
  return texts.join("\n");
};
