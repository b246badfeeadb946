/**
 * Erasures and the runs that read what they erase. Between the two there is no transaction: the one writes its tombstone and then looks for
 * runs, the other begins and then looks for tombstones. So at least one of them finds the other.
 */
import type { Artifacts } from "@millrace/artifacts";
import { RunList } from "@millrace/contracts";
import type { Queries } from "@millrace/database";
import { NotYetError, type Peers, UnreachableError } from "@millrace/service";
import { and, eq, ne } from "drizzle-orm";
import { holdsDocument } from "./erase_from_corpus.ts";
import { corporaOf, corpusOf } from "./runs_store.ts";
import { erasures } from "./tables.ts";

/** Counts the documents that a run's corpus holds, and that are to be taken out of it. */
export async function countErasing(db: Queries, artifacts: Artifacts, project: string, runId: string): Promise<number> {
  const pending = await db
    .select({ id: erasures.documentId })
    .from(erasures)
    .where(and(eq(erasures.project, project), ne(erasures.state, "done")));
  const corpus = pending.length === 0 ? undefined : await corpusOf(db, project, runId);
  if (corpus === undefined) return 0;
  let held = 0;
  for (const { id } of pending) if (await holdsDocument(artifacts, corpus.manifest, id)) held += 1;
  return held;
}

/** What a look for runs takes. */
interface Looking {
  readonly db: Queries;
  readonly artifacts: Artifacts;
  readonly peers: Peers;
  readonly project: string;
}

/**
 * Finds a run under way that has its corpus, and a document in it. One that has no corpus yet leaves the document out by itself.
 * @returns The run in words; undefined where there is none.
 * @throws {UnreachableError} If automation does not answer.
 */
export async function readerOf({ db, artifacts, peers, project }: Looking, id: string): Promise<string | undefined> {
  const headers = { "millrace-project": project };
  const response = await peers.fetch(
    "automation",
    new Request("http://automation/api/automation/runs?underWay=true", { headers }),
  );
  if (!response.ok) {
    const what = `asking automation for its runs: found status ${response.status}, wanted 200`;
    throw response.status >= 500 ? new UnreachableError(what) : new Error(what);
  }
  const { runs } = RunList.parse(await response.json());
  const moving = new Map(runs.map((run) => [run.id, run.state]));
  if (moving.size === 0) return undefined;
  for await (const { runId, manifest } of corporaOf(db, project)) {
    const state = moving.get(runId);
    if (state === undefined || !(await holdsDocument(artifacts, manifest, id))) continue;
    return `run ${runId}, which holds it, is ${state}, wanted it at its end; wait for it, or cancel it`;
  }
  return undefined;
}

/**
 * Makes sure that no run reads a document any more. One that was resumed after the request had looked for it, and before the tombstone was
 * there, either finds the tombstone and is cancelled, or goes on to its end.
 * @throws {NotYetError} If one still reads it.
 */
export async function requireUnread(looking: Looking, id: string): Promise<void> {
  const reader = await readerOf(looking, id);
  if (reader !== undefined) throw new NotYetError(`forgetting ${id}: ${reader}`);
}
