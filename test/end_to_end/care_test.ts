/** Commands that look after what is kept, in real processes beside the one that serves the folder. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DocumentView, VerbatimSpans } from "@millrace/contracts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { z } from "zod";
import { type Message, millrace, ROOT, type Running } from "../kit/millrace.ts";

const TINY = join(ROOT, "test/recipes/tiny.yaml");
const MINUTES = 60_000;

let folder: string;
let owner: Running;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "millrace-care-"));
  owner = millrace(["run", TINY, "--json", "--set", "train.steps=20", ...data()]);
  expect(await owner.until(({ kind }) => kind === "summary"), owner.errors()).toMatchObject({ state: "serving" });
}, 5 * MINUTES);
afterAll(async () => {
  owner.process.kill("SIGINT");
  await owner.ended();
  await rm(folder, { recursive: true, force: true });
}, MINUTES);

function data(): string[] {
  return ["--data-dir", join(folder, "data")];
}

/** Runs a command to its end: exit code, the JSON objects it printed, what it said and complained of. */
async function ask(...args: readonly string[]) {
  const running = millrace([...args, ...data()]);
  const code = await running.ended();
  const { messages } = running;
  return { code, messages, answer: messages.at(-1) as Message, text: running.text(), errors: running.errors() };
}

/** What the services answer, as the key of the folder. */
async function fetched<Schema extends z.ZodType>(
  path: string,
  schema: Schema,
  body?: object,
): Promise<z.infer<Schema>> {
  const [{ address }, { apiKey }] = await Promise.all(
    ["owner.json", "secrets.json"].map(async (name) => JSON.parse(await readFile(join(folder, "data", name), "utf8"))),
  );
  const headers = { authorization: `Bearer ${apiKey}`, "content-type": "application/json" };
  const sent = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
  const response = await fetch(new URL(path, address), { headers, ...sent });
  return schema.parse(await response.json());
}

async function searched(words: string): Promise<{ documentId: string; source: string }[]> {
  const { answer } = await ask("search", words, "--json");
  return answer["results"] as { documentId: string; source: string }[];
}

describe("forget", () => {
  test(
    "tells first what it would touch, then takes the document out, and a later run leaves it out",
    async () => {
      const [hit] = await searched("letters");
      const { documentId: id, source } = hit ?? expect.fail("search found nothing");

      const looked = await ask("forget", id, "--dry-run", "--json");
      expect(looked.code, looked.errors).toBe(0);
      expect(looked.answer).toMatchObject({
        trace: { document: { fate: "kept", document: { source } }, versions: [{ name: "tiny@1", served: true }] },
        deployments: [{ model: "tiny", version: 1, state: "live", percent: 100 }],
        erasure: null,
      });
      expect((await searched("letters")).map(({ documentId }) => documentId)).toContain(id);

      const view = await fetched(`/api/ingestion/documents/${id}`, DocumentView);
      const quoted = { model: "tiny@1", text: "text" in view.document ? view.document.text.slice(0, 200) : "" };
      const before = await fetched("/api/feature/verbatim", VerbatimSpans, quoted);
      expect(before.spans.flatMap(({ documents }) => documents)).toContainEqual(expect.objectContaining({ id }));

      const { code, errors, text } = await ask("forget", id, "--yes");
      expect(code, errors).toBe(0);
      expect(text).toContain(`Forgotten: ${id}`);
      expect(text).toContain("tiny@1 of");
      expect(text).toContain("it answers now; run its recipe again");
      expect((await searched("letters")).map(({ documentId }) => documentId)).not.toContain(id);
      const traced = await ask("trace", id, "--json");
      expect(traced.answer).toMatchObject({
        document: { fate: "dropped", document: { reasons: [{ code: "forgotten" }], excerpt: "" } },
        versions: [{ name: "tiny@1" }],
      });

      const after = await fetched("/api/feature/verbatim", VerbatimSpans, quoted);
      expect(after.spans.flatMap(({ documents }) => documents)).toContainEqual({ state: "erased" });
      expect(JSON.stringify(after.spans)).not.toContain(id);
      expect(JSON.stringify(after.spans)).not.toContain(source);

      const again = await ask("run", TINY, "--once", "--json", "--set", "train.enabled=false");
      expect(again.code, again.errors).toBe(0);
      expect(again.messages.find(({ kind }) => kind === "summary")).toMatchObject({
        documents: { dropped: { forgotten: 1 } },
      });
      const { messages } = await ask("forget", "--list");
      expect(messages).toMatchObject([{ documentId: id, state: "done", by: "local" }]);
    },
    3 * MINUTES,
  );

  test.each([
    [1, /no corpus of this project knows it/, ["forget", "0".repeat(64), "--yes"]],
    [2, /expected a document's id of 64 hexadecimal digits/, ["forget", "nobody", "--yes"]],
    [2, /there is nobody to ask; add --yes/, ["forget", "0".repeat(64)]],
    [2, /expected a document's id, --list or --from/, ["forget"]],
    [2, /reading erasures: .*nowhere/, ["forget", "--from", "nowhere.jsonl", "--yes"]],
  ])("exit code %d, and why: %s for %j", async (wanted, why, args) => {
    const { code, errors } = await ask(...args);
    expect(code).toBe(wanted);
    expect(errors).toMatch(why);
  });
});
