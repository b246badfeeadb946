import { freshDatabase } from "@millrace/database/testing";
import type { Database } from "@millrace/database";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { namedArtifacts } from "./named_artifacts.ts";
import { migrateService } from "./tables.ts";

const address = (digit: string): string => digit.repeat(64);
const ref = (digit: string, mediaType: string) => ({ sha256: address(digit), sizeBytes: 5, mediaType });

let database: Database;
beforeAll(async () => {
  database = await freshDatabase();
  await migrateService(database, "registry", [
    {
      name: "0000_init",
      sql: `create schema registry;
        --> statement-breakpoint
        create table registry.thing (project text not null, parts jsonb, sha256 text, document_id text)
        --> statement-breakpoint
        create table registry.seen (project text not null, sha256 text)
        --> statement-breakpoint
        create table registry.everybodys (parts jsonb)`,
    },
  ]);
  const db = database.drizzle;
  const parts = JSON.stringify({ deep: [{ graph: ref("1", "application/onnx") }], by: address("2") });
  await db.execute(sql`insert into registry.thing values ('default', ${parts}, ${address("3")}, ${address("4")}),
    ('default', '{}', 'no address', null), ('other', ${JSON.stringify(ref("5", "text/plain"))}, null, null)`);
  await db.execute(sql`insert into registry.seen values ('default', ${address("6")})`);
  await db.execute(sql`insert into registry.everybodys values (${JSON.stringify(ref("7", "application/json"))})`);
  for (const [at, state] of ["queued", "running", "completed"].entries()) {
    const input = JSON.stringify(ref(String.fromCharCode(97 + at), "application/json"));
    await db.execute(sql`insert into registry.job (id, kind, key, project, input, cause, state, generation, errors, not_before,
      created_at, updated_at) values (${crypto.randomUUID()}, 'make', ${state}, 'default', ${input}, '{}', ${state}, 0, 0, 0,
      ${1_000 - at}, 0)`);
  }
  for (const [digit, publishedAt] of [
    ["8", null],
    ["9", 5],
  ] as const) {
    const outputs = JSON.stringify([ref(digit, "application/json")]);
    await db.execute(
      sql`insert into registry.inbox values ('c', ${crypto.randomUUID()}, 0, ${outputs}, 1, ${publishedAt})`,
    );
  }
});
afterAll(() => database.close());

test("namedArtifacts() finds addresses of the project in rows, unfinished jobs and events that were not told yet", async () => {
  const { artifacts, workingSinceMs } = await namedArtifacts(database.drizzle, "registry", "default", ["seen"]);
  const types = new Map(artifacts.map(({ sha256, mediaType }) => [sha256[0], mediaType]));
  expect(Object.fromEntries([...types].toSorted())).toEqual({
    "1": "application/onnx",
    "2": null,
    "3": null,
    "7": "application/json",
    "8": "application/json",
    a: "application/json",
    b: "application/json",
  });
  expect(workingSinceMs).toBe(999);
});

test("namedArtifacts() of a project without work", async () => {
  const { artifacts, workingSinceMs } = await namedArtifacts(database.drizzle, "registry", "other", []);
  expect(artifacts.map(({ sha256 }) => sha256[0]).toSorted()).toEqual(["5", "7", "8"]);
  expect(workingSinceMs).toBeNull();
});
