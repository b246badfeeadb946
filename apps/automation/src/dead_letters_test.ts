import { DeadLetterList, EVENTS, RequeuedDeadLetters } from "@millrace/contracts";
import type { Database } from "@millrace/database";
import { readMigrations } from "@millrace/database/migration_files";
import { freshDatabase } from "@millrace/database/testing";
import { testHost, type TestHost } from "@millrace/service/testing";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { createAutomation } from "./service.ts";

const GUESSED = "millrace.corpus.guessed.v1";
const OTHER = "millrace.corpus.other.v1";
const PATH = "/api/automation/dead-letters";
const AUDIT = "automation-audit_corpus";

let database: Database;
let host: TestHost;
beforeAll(async () => {
  database = await freshDatabase();
});
afterAll(() => database.close());
beforeEach(async () => {
  host = await testHost({
    database,
    services: (openPorts, access) => [createAutomation(openPorts, access, { endpoint: () => "http://127.0.0.1/v1" })],
    migrations: { automation: await readMigrations("automation") },
  });
  const known = await host.publish("known", EVENTS.corpusShardCleaned, EVENTS.corpusShardCleaned.example);
  const event = (type: string, project = "default") => ({ ...known, id: crypto.randomUUID(), type, project });
  await host.bus.publish([
    event(GUESSED),
    event(GUESSED, "acme"),
    event(OTHER),
    event(GUESSED),
    event(GUESSED, "acme"),
  ]);
  await host.start();
  await inBus(5);
});
afterEach(() => host.close());

/** Waits until there are so many, over all projects. */
function inBus(count: number, matches: (letter: { readonly requeues: number }) => boolean = () => true) {
  return vi.waitFor(
    async () => {
      const letters = await host.bus.deadLetters();
      expect(letters.filter(matches)).toHaveLength(count);
      return letters;
    },
    { timeout: 30_000, interval: 20 },
  );
}

async function list(query = ""): Promise<DeadLetterList> {
  const response = await host.request("automation", `${PATH}${query}`);
  expect(response.status).toBe(200);
  return DeadLetterList.parse(await response.json());
}

function requeue(body: object): Promise<Response> {
  return host.request("automation", `${PATH}/requeue`, { method: "POST", body: JSON.stringify(body) });
}

test("GET /dead-letters lists the project's own, oldest first, with error and payload", async () => {
  const { deadLetters, next } = await list();
  expect(deadLetters.map(({ type }) => type)).toEqual([GUESSED, OTHER, GUESSED]);
  expect(deadLetters.map(({ subject }) => subject).every((subject) => subject.startsWith("millrace.default."))).toBe(
    true,
  );
  expect(next).toBeNull();
  const [first] = deadLetters;
  expect(first).toMatchObject({ consumer: AUDIT, attempts: 0, requeues: 0, error: { name: "MalformedEventError" } });
  expect(JSON.parse(first?.payload ?? "")).toMatchObject({ id: first?.eventId, type: GUESSED });
  expect(first?.payloadLength).toBe(first?.payload.length);
});

test("GET /dead-letters gives pages, and finds by consumer and type", async () => {
  const whole = (await list()).deadLetters;
  const first = await list("?limit=2");
  expect(first).toEqual({ deadLetters: whole.slice(0, 2), next: whole[1]?.sequence });
  expect(await list(`?limit=2&after=${first.next}`)).toEqual({ deadLetters: whole.slice(2), next: null });
  expect((await list(`?type=${OTHER}`)).deadLetters).toEqual([whole[1]]);
  expect((await list(`?consumer=${AUDIT}&type=${GUESSED}`)).deadLetters).toEqual([whole[0], whole[2]]);
  expect((await list("?consumer=feature-tokenize")).deadLetters).toEqual([]);
  for (const query of ["?limit=0", "?limit=many", "?consumer=*", "?order=newest"]) {
    expect((await host.request("automation", `${PATH}${query}`)).status).toBe(400);
  }
});

test("POST /dead-letters/requeue brings back one, and takes no other project's", async () => {
  const { deadLetters } = await list();
  const sequence = deadLetters[1]?.sequence ?? 0;
  const response = await requeue({ sequence });
  expect(RequeuedDeadLetters.parse(await response.json())).toEqual({ requeued: 1, more: false });
  // It is judged anew, and parked anew.
  const [again] = (await inBus(1, ({ requeues }) => requeues === 1)).filter(({ requeues }) => requeues === 1);
  expect(again).toMatchObject({ eventId: deadLetters[1]?.eventId, consumer: AUDIT });
  expect((await requeue({ sequence })).status).toBe(404);

  const foreign = await host.bus.deadLetters({ project: "acme" });
  expect(foreign).toHaveLength(2);
  for (const letter of foreign) expect((await requeue({ sequence: letter.sequence })).status).toBe(404);
  expect(await host.bus.deadLetters({ project: "acme" })).toEqual(foreign);
  expect((await requeue({})).status).toBe(400);
});

test("POST /dead-letters/requeue brings back all alike, of this project", async () => {
  const response = await requeue({ all: { type: GUESSED } });
  expect(RequeuedDeadLetters.parse(await response.json())).toEqual({ requeued: 2, more: false });
  const letters = await inBus(2, ({ requeues }) => requeues === 1);
  const again = letters.filter(({ requeues }) => requeues === 1);
  expect(again.map(({ subject }) => subject)).toEqual(
    Array.from({ length: 2 }, () => "millrace.default.corpus.guessed.v1"),
  );
  expect(letters).toHaveLength(5);
});
