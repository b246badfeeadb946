/** The commands that look at a data folder, in real processes: with nobody serving it, and beside a process that does. */
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createHash } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sqliteBus } from "@millrace/bus/sqlite";
import { EVENTS, type ToldTaskScore } from "@millrace/contracts";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { type Message, millrace, ROOT, type Running, TINY } from "../kit/millrace.ts";
import { dataFolderWithRun } from "../kit/prepared.ts";

const MINUTES = 60_000;

let folder: string;
let run: string;
let checkpoint: string;
let tasks: ToldTaskScore[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "millrace-commands-"));
  const summary = await dataFolderWithRun(join(folder, "data"));
  run = summary.run;
  checkpoint = summary.artifacts?.checkpoint ?? "none";
  tasks = summary.tasks ?? [];
}, 5 * MINUTES);
afterAll(() => rm(folder, { recursive: true, force: true }), MINUTES);

function data(): string[] {
  return ["--data-dir", join(folder, "data")];
}

/** Runs a command to its end: exit code, the one JSON object it printed, what it complained of. */
async function ask(...args: readonly string[]): Promise<{ code: number | string; answer: Message; errors: string }> {
  const running = millrace([...args, "--json", ...data()]);
  const code = await running.ended();
  return { code, answer: running.messages.at(-1) as Message, errors: running.errors() };
}

describe("a folder that nobody serves", () => {
  test("status tells the runs and their stages", async () => {
    const { code, answer } = await ask("status");
    expect(code).toBe(0);
    expect(answer).toMatchObject({ address: null, routes: [], runs: [{ id: run, state: "serving" }] });
    const { answer: one } = await ask("status", run);
    expect(one).toMatchObject({ runs: [{ id: run, state: "serving" }], quarantined: { total: 2 } });
    const { documents } = one["quarantined"] as { documents: { source: string; reasons: { code: string }[] }[] };
    expect(documents).toHaveLength(2);
    expect(documents.every(({ reasons }) => reasons[0]?.code !== undefined)).toBe(true);
  });

  test("search finds a document, and trace follows it to the version", async () => {
    const found = await ask("search", "sluice", "gate", "--limit", "1", "--run", run);
    expect(found.answer).toMatchObject({ query: "sluice gate", runId: run });
    const [best] = found.answer["results"] as { documentId: string; source: string }[];
    expect(found.answer["results"]).toHaveLength(1);
    const { code, answer } = await ask("trace", best?.documentId ?? "none");
    expect(code).toBe(0);
    expect(answer).toMatchObject({
      document: { fate: "kept", document: { source: best?.source }, places: [{ runId: run }] },
      tokens: [{ runId: run }],
      versions: [{ name: "tiny@1", runId: run, served: false }],
    });
    const { answer: below } = await ask("trace", join(ROOT, best?.source ?? "none"), "--run", run);
    expect(below).toMatchObject({ runId: run, kept: { documents: [{ id: best?.documentId }], total: 1 } });
    const { answer: all } = await ask("trace", ".", "--run", run);
    expect((all["leftOut"] as { documents: unknown[] }).documents.length).toBeGreaterThan(3);
  });

  test("trace tells what a version was made of", async () => {
    const { code, answer } = await ask("trace", "tiny@live");
    expect(code).toBe(0);
    expect(answer).toMatchObject({
      version: { model: "tiny", version: 1, runId: run, checkpoint: { sha256: checkpoint } },
      corpus: { duplicates: 2, quarantined: 2 },
      served: false,
    });
    const { nodes } = answer["lineage"] as { nodes: { kind: string }[] };
    expect(nodes.map(({ kind }) => kind)).toEqual(expect.arrayContaining(["run", "corpus", "tokenizer", "checkpoint"]));
  });

  test("export writes the folder of a version, whole or not at all", async () => {
    const target = join(folder, "exported");
    const { code, answer, errors } = await ask("export", "tiny@live", target);
    expect(code, errors).toBe(0);
    const files = answer["files"] as Record<string, { sha256: string }>;
    expect(Object.keys(files)).toEqual(expect.arrayContaining(["README.md", "config.json", "onnx/model.onnx"]));
    for (const [path, { sha256 }] of Object.entries(files))
      expect(
        createHash("sha256")
          .update(await readFile(join(target, path)))
          .digest("hex"),
        path,
      ).toBe(sha256);
    expect(files["model.safetensors"]?.sha256).toBe(checkpoint);
    expect((await readdir(target)).sort()).toEqual(
      [...new Set(Object.keys(files).map((path) => path.split("/")[0]))].sort(),
    );
    const again = await ask("export", "tiny@live", target);
    expect(again).toMatchObject({ code: 2, errors: expect.stringContaining("expected an empty folder") });
  });

  test("verify trains again to the same bytes", async () => {
    const { code, answer, errors } = await ask("verify", "tiny@1");
    expect(code, errors).toBe(0);
    expect(answer).toEqual({ version: "tiny@1", wanted: checkpoint, verdict: "same", checkpoint });
    expect(errors).toBe("");
  });

  test("verify names a stored file that is damaged, before it trains", async () => {
    const stored = join(folder, "data/artifacts/default", checkpoint.slice(0, 2), checkpoint);
    const whole = await readFile(stored);
    await chmod(stored, 0o600);
    await writeFile(stored, Buffer.concat([whole.subarray(0, -1), Buffer.from([(whole.at(-1) ?? 0) ^ 1])]));
    try {
      const { code, answer } = await ask("verify", "tiny@1");
      expect(code).toBe(1);
      expect(answer).toMatchObject({ verdict: "damaged", damaged: [{ file: "checkpoint" }] });
    } finally {
      await writeFile(stored, whole);
    }
  });

  test("evaluate asks a version tasks, and gives the scores that its run measured", async () => {
    const file = join(ROOT, "test/recipes/tasks/rules.jsonl");
    const { code, answer, errors } = await ask("evaluate", "tiny@1", "--task", file);
    expect(code, errors).toBe(0);
    expect(answer).toEqual({ version: "tiny@1", tasks: [tasks.find(({ name }) => name === "rules")] });
    const other = await ask("evaluate", "tiny@1", "--task", file, "--kind", "cloze");
    expect(other.code).toBe(2);
    expect(other.errors).toContain("line 1 is no question of cloze");
  });

  test("run --again takes the recipe of a run, with changes", async () => {
    const { code, answer } = await ask("run", "--again", run, "--dry-run", "--set", "train.steps=7");
    expect(code).toBe(0);
    expect(answer).toMatchObject({ kind: "plan", cases: [{ training: { train: { steps: 7 } } }] });
    const wrong = await ask("run", "--again", run, "--dry-run", "--set", "train.steps=many");
    expect(wrong.code).toBe(2);
    expect(wrong.errors).toContain('train.steps: expected a positive integer, found "many"');
    const unknown = await ask("run", "--again", "no-such-run", "--dry-run");
    expect(unknown.code).not.toBe(0);
    expect(unknown.errors).toContain("no-such-run");
  });

  test("run --resume takes the recipe it was started with, and no other", async () => {
    const other = await ask("run", TINY, "--resume", "--once", "--set", "train.steps=7");
    expect(other.code).toBe(2);
    expect(other.errors).toMatch(/train\.steps: the run has \d+, given is 7/);
    const same = await ask("run", TINY, "--resume", "--once");
    expect(same.code, same.errors).toBe(0);
  });

  test("rollout lists what is live, and refuses what its state does not allow", async () => {
    const { answer } = await ask("rollout");
    const gates = expect.arrayContaining([expect.objectContaining({ name: "bits_per_byte", state: "passed" })]);
    expect(answer["deployments"]).toMatchObject([{ model: "tiny", version: 1, state: "live", percent: 100, gates }]);
    const refused = await ask("rollout", "promote", "tiny@1");
    expect(refused.code).toBe(1);
    expect(refused.errors).toContain("promote of tiny@1: found it live, wanted ready, canary, paused");
  });

  test("looking makes no data folder", async () => {
    const nowhere = join(folder, "nowhere");
    const running = millrace(["status", "--data-dir", nowhere]);
    expect(await running.ended()).toBe(2);
    expect(running.errors()).toContain("there is no data folder");
    await expect(stat(nowhere)).rejects.toThrow("ENOENT");
  });
});

describe("beside the process that serves the folder", () => {
  let owner: Running;
  beforeAll(async () => {
    owner = millrace(["up", ...data()]);
    await vi.waitFor(() => expect(owner.text()).toContain("Endpoint: "), { timeout: MINUTES });
  }, 2 * MINUTES);
  afterAll(async () => {
    owner.process.kill("SIGINT");
    await owner.ended();
  }, MINUTES);

  test("rules are listed, applied from a file, and tried on the events that were", async () => {
    const file = join(folder, "rules.yaml");
    await writeFile(
      file,
      `- { id: own, on: millrace.rollout.ready.v1, when: [{ field: version, op: "==", value: 1 }], do: abort, enabled: false }
- { id: drift-retrain, enabled: false }
`,
    );
    const tried = await ask("rules", "dry-run", file);
    expect(tried.answer["results"]).toMatchObject([{ id: "own", seen: 1, matched: 1, wouldFire: 1 }]);
    const applied = await ask("rules", "apply", file);
    expect(applied.answer["rules"]).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ id: "own", source: "own", enabled: false }),
        expect.objectContaining({ id: "drift-retrain", source: "shipped", enabled: false }),
        expect.objectContaining({ id: "gates-passed", enabled: true, firedToday: 1 }),
      ]),
    );
    const { answer } = await ask("rules", "firings");
    expect(answer["firings"]).toMatchObject([{ ruleId: "gates-passed", outcome: "done", model: "tiny", version: 1 }]);
  });

  test(
    "dead-letters lists what was parked, and requeue brings it back",
    async () => {
      const bus = sqliteBus({ file: join(folder, "data", "events.sqlite"), now: Date.now });
      const options = { types: [EVENTS.corpusCollected.type], maxInFlight: 1, ackWaitMs: 60_000 };
      for await (const delivery of await bus.subscribe({ consumer: "test-broken", ...options })) {
        await delivery.park(new RangeError("the gate is shut"), 5);
        break;
      }
      await bus.close();
      const alike = ["--consumer", "test-broken", "--type", EVENTS.corpusCollected.type];
      const { code, answer, errors } = await ask("dead-letters", ...alike);
      expect(code, errors).toBe(0);
      const letters = answer["deadLetters"] as { sequence: number }[];
      expect(letters).toMatchObject([{ attempts: 5, error: { name: "RangeError", message: "the gate is shut" } }]);
      expect((await ask("dead-letters", "requeue", String(letters[0]?.sequence))).answer).toEqual({ requeued: 1 });
      expect((await ask("dead-letters", "requeue", "--all", ...alike)).answer).toEqual({ requeued: 0 });
    },
    3 * MINUTES,
  );

  test.each([
    [1, /there is none in this project/, ["dead-letters", "requeue", "999999"]],
    [2, /expected the number of a dead letter or --all/, ["dead-letters", "requeue"]],
    [1, /there is no such version/, ["trace", "tiny@9"]],
    [
      1,
      /no corpus of this project knows it; and the newest run read nothing at "no\.md" or \/\S*no\.md/,
      ["trace", "no.md"],
    ],
    [1, /and the newest run read nothing at "mill-notes" or \/\S*mill-notes: /, ["trace", "mill-notes"]],
    [1, /a model has that name: millrace trace tiny@1/, ["trace", "tiny"]],
    [1, /there is no such version/, ["verify", "tiny@9"]],
    [1, /run "?run-none/, ["status", "run-none"]],
    [2, /expected model@version/, ["verify", "tiny"]],
    [2, /Expected a version's number/, ["rollout", "start", "tiny@live"]],
    [2, /Expected some of read,ingest/, ["keys", "create", "ada", "--scopes", "everything"]],
    [2, /reading .*nowhere.yaml/, ["rules", "apply", "nowhere.yaml"]],
    [1, /none is under way/, ["cancel"]],
    [1, /searching run "run-nope": there is none/, ["search", "x", "--run", "run-nope"]],
    [2, /expected words to look for/, ["search", " "]],
    [2, /Expected 1 to 50/, ["search", "x", "--limit", "0"]],
  ])("exit code %d, and why: %s for %j", async (wanted, why, args) => {
    const { code, errors } = await ask(...args);
    expect(code).toBe(wanted);
    expect(errors).toMatch(why);
  });

  test("it ends in order though nobody reads any more what it prints, and gives the folder back", async () => {
    owner.process.stdout?.destroy();
    owner.process.kill("SIGINT");
    expect(await owner.ended(), owner.errors()).toBe(0);
    expect(await readdir(join(folder, "data"))).not.toContain("owner.json");
  });
});

test(
  "beside a run: status names who serves, trace says what is served, cancel stops the run",
  async () => {
    // Until it is cancelled: on one core, and not on two.
    const endless = ["train.steps=1000000", "train.nodes=1"].flatMap((setting) => ["--set", setting]);
    const owner = millrace(["run", TINY, "--json", ...endless, ...data()]);
    await owner.until((message) => message.kind === "stage" && message["stage"] === "training");
    const status = await ask("status");
    expect(status.answer["address"]).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(status.answer["routes"]).toMatchObject([{ model: "tiny", version: 1 }]);
    expect((await ask("trace", "tiny@1")).answer["served"]).toBe(true);
    const up = millrace(["up", ...data()]);
    expect(await up.ended(), up.errors()).toBe(0);
    expect(up.text()).toMatch(/is served already[^]*Console: {2}http:\/\/127\.0\.0\.1:\d+\/login\?/);
    const elsewhere = await ask("run", TINY, "--port", "9");
    // Before anything is estimated.
    expect(elsewhere.answer).toBeUndefined();
    expect([elsewhere.code, elsewhere.errors]).toEqual([
      2,
      expect.stringMatching(/^--port 9: .* is served already, at /),
    ]);
    const { code, answer, errors } = await ask("cancel");
    expect(code, errors).toBe(0);
    expect(answer).toMatchObject({ state: "cancelled", stoppedIn: "training" });
    expect(await owner.ended()).toBe(1);
  },
  2 * MINUTES,
);

test("run --dry-run tells what would be made", async () => {
  const planned = millrace(["run", TINY, "--dry-run", "--json"]);
  expect(await planned.ended(), planned.errors()).toBe(0);
  expect(planned.messages).toMatchObject([
    {
      kind: "plan",
      sources: { quarantined: [] },
      cases: [{ keptShare: 1, training: { vocabularySize: 400, parameters: 39296, train: { steps: 200 } } }],
    },
  ]);
});

test("doctor finds everything that is needed here", async () => {
  const { code, answer, errors } = await ask("doctor");
  expect(code, errors).toBe(0);
  expect(answer["healthy"]).toBe(true);
  const names = (answer["checks"] as { name: string }[]).map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(["node", "onnxruntime", "koffi", "memory", "disk", "data folder"]));
});
