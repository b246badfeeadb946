import { type Erasure, type ErasureList, ForgetDocument } from "@millrace/contracts";
import type { Queries } from "@millrace/database";
import {
  type Http,
  type HttpContext,
  HttpError,
  readJson,
  needs,
  runCommand,
  UnreachableError,
} from "@millrace/service";
import { and, asc, eq, gt } from "drizzle-orm";
import { readerOf } from "../erasing.ts";
import { FORGET_DOCUMENT, takeTurns } from "../forgotten.ts";
import { corpora, erasures } from "../tables.ts";

const BASE = "/api/ingestion/erasures";
const PAGE = 1000;

/** Forgetting documents: the tombstone is there at once, the text goes in a job. */
export function erasureRoutes(http: Http): void {
  http.get(BASE, needs("viewer", "read"), async (context) => {
    const after = context.req.query("after") ?? "";
    const rows = await context.var.ports.database.drizzle
      .select()
      .from(erasures)
      .where(and(eq(erasures.project, context.var.identity.project), gt(erasures.documentId, after)))
      .orderBy(asc(erasures.documentId))
      .limit(PAGE);
    return context.json({ erasures: rows.map(viewOf) } satisfies ErasureList);
  });

  http.get(`${BASE}/:id`, needs("viewer", "read"), async (context) => {
    const { artifacts, identity, ports } = context.var;
    const erasure = await requireErasure(context, context.req.param("id"));
    if (erasure.state !== "pending") return context.json(erasure);
    const looking = { db: ports.database.drizzle, artifacts, peers: ports.peers, project: identity.project };
    const waitsFor = await readerOf(looking, erasure.documentId).catch(unlessUnreachable);
    return context.json({ ...erasure, ...(waitsFor !== undefined && { waitsFor }) } satisfies Erasure);
  });

  http.post(BASE, needs("admin", "ingest"), async (context) => {
    const { documentId, idempotencyKey, earlier } = await readJson(context, ForgetDocument);
    const createdAt = earlier === undefined ? context.var.ports.now() : Date.parse(earlier.at);
    if (createdAt > context.var.ports.now()) {
      throw new HttpError(400, "invalid_request", `earlier.at: expected a time that is past, found ${earlier?.at}`);
    }
    const { project, name: by } = context.var.identity;
    const command = {
      name: "forget_document",
      version: 1,
      idempotencyKey,
      correlationId: documentId,
      subject: documentId,
    };
    // Peers cannot be asked in a transaction: what was asked before it must still be so in it.
    for (let done; done === undefined;) {
      const mark = await refuseInFlight(context, documentId);
      done = await runCommand(context, command, async ({ db, startJob }) => {
        await takeTurns(db, project, "forgetting");
        if ((await corporaMark(db, project)) !== mark) throw new NewCorpusError();
        const state = "pending" as const;
        await db
          .insert(erasures)
          .values({ project, documentId, state, by: earlier?.by ?? by, places: [], createdAt })
          .onConflictDoUpdate({ target: [erasures.project, erasures.documentId], set: { state } });
        await startJob(FORGET_DOCUMENT, `${documentId} ${idempotencyKey}`, { documentId, by });
      }).catch(unlessNewCorpus);
    }
    return context.json(await requireErasure(context, documentId), 202);
  });
}

/** The erasure goes on by itself: who asks how far it is need not hear of automation. */
function unlessUnreachable(error: unknown): string {
  if (!(error instanceof UnreachableError)) throw error;
  return `automation, which knows what runs read; ${error.message}`;
}

/** A run has got its corpus since it was looked which ones hold the document. */
class NewCorpusError extends Error {
  override readonly name = "NewCorpusError";
}

function unlessNewCorpus(error: unknown): undefined {
  if (!(error instanceof NewCorpusError)) throw error;
}

/** Tells the finished corpora of a time from those of another, whatever was taken out of them. */
async function corporaMark(db: Queries, project: string): Promise<string> {
  const rows = await db
    .select({ runId: corpora.runId, createdAt: corpora.createdAt })
    .from(corpora)
    .where(eq(corpora.project, project))
    .orderBy(asc(corpora.runId));
  return JSON.stringify(rows);
}

/**
 * A run that reads the corpus must find it as it was.
 * @returns The corpora that were looked at.
 */
async function refuseInFlight({ var: { artifacts, identity, ports } }: HttpContext, id: string): Promise<string> {
  const db = ports.database.drizzle;
  const mark = await corporaMark(db, identity.project);
  const reader = await readerOf({ db, artifacts, peers: ports.peers, project: identity.project }, id);
  if (reader !== undefined) throw new HttpError(409, "conflict", `forgetting ${id}: ${reader}`);
  return mark;
}

async function requireErasure(context: HttpContext, id: string): Promise<Erasure> {
  const [row] = await context.var.ports.database.drizzle
    .select()
    .from(erasures)
    .where(and(eq(erasures.project, context.var.identity.project), eq(erasures.documentId, id)));
  if (!row) throw new HttpError(404, "not_found", `looking for the erasure of "${id}": it was not forgotten`);
  return viewOf(row);
}

function viewOf({ documentId, state, by, createdAt }: typeof erasures.$inferSelect): Erasure {
  return { documentId, state, by, at: new Date(createdAt).toISOString() };
}
