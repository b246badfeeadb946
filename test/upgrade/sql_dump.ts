/**
 * A database as one SQL script, tables, rows and triggers, made of what Postgres itself tells of them. For fixtures: a few megabytes, and
 * no sequences. `pg_dump` does not speak to an embedded Postgres.
 */
import { type Database, rowsOf } from "@millrace/database";
import { type SQL, sql } from "drizzle-orm";

const QUOTE = "$fixture$";

/**
 * Writes the script.
 * @param schemas Those that are dumped.
 */
export async function dumpSql(database: Database, schemas: readonly string[]): Promise<string> {
  const lines: string[] = [];
  for (const schema of schemas) {
    lines.push(`create schema if not exists "${schema}"`);
    for (const table of await names(
      database,
      sql`select tablename as name from pg_tables where schemaname = ${schema} order by 1`,
    )) {
      lines.push(...(await tableOf(database, schema, table)));
    }
    const space = sql`${schema}::regnamespace`;
    lines.push(
      ...(await names(
        database,
        sql`select pg_get_functiondef(oid) as name from pg_proc where pronamespace = ${space} order by 1`,
      )),
      ...(await names(
        database,
        sql`select pg_get_triggerdef(t.oid) as name from pg_trigger t join pg_class c on c.oid = t.tgrelid
            where c.relnamespace = ${space} and not t.tgisinternal order by 1`,
      )),
    );
  }
  return `${lines.join(";\n")};\n`;
}

async function tableOf(database: Database, schema: string, table: string): Promise<string[]> {
  const [name, id] = [`"${schema}"."${table}"`, sql`${`"${schema}"."${table}"`}::regclass`];
  const columns = await rowsOf(
    database.drizzle,
    sql`select a.attname as name, format_type(a.atttypid, a.atttypmod) as type, a.attnotnull as required,
          a.attgenerated <> '' as generated, pg_get_expr(d.adbin, d.adrelid) as expression
        from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
        where a.attrelid = ${id} and a.attnum > 0 and not a.attisdropped order by a.attnum`,
  );
  const declared = columns.map(({ name: column, type, required, generated, expression }) => {
    const preset = generated ? ` generated always as (${expression}) stored` : ` default ${expression}`;
    return `"${column}" ${type}${expression === null ? "" : preset}${required ? " not null" : ""}`;
  });
  const given = columns.filter(({ generated }) => !generated).map(({ name: column }) => `"${column}"`);
  const constraints = await names(
    database,
    sql`select format('alter table %s add constraint %I %s', ${name}::text, conname, pg_get_constraintdef(oid)) as name
        from pg_constraint where conrelid = ${id} and contype in ('p', 'u', 'c') order by conname`,
  );
  const indexes = await names(
    database,
    sql`select pg_get_indexdef(indexrelid) as name from pg_index where indrelid = ${id}
          and not exists (select from pg_constraint where conindid = indexrelid) order by 1`,
  );
  const from = sql.raw(`${name} as rows`);
  const [rows] = await names(database, sql`select coalesce(json_agg(rows), '[]')::text as name from ${from}`);
  const list = given.join(", ");
  return [
    `create table ${name} (${declared.join(", ")})`,
    `insert into ${name} (${list}) select ${list} from json_populate_recordset(null::${name}, ${QUOTE}${rows}${QUOTE})`,
    ...constraints,
    ...indexes,
  ];
}

async function names(database: Database, query: SQL): Promise<string[]> {
  return (await rowsOf(database.drizzle, query)).map((row) => String(row["name"]));
}
