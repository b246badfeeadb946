import { type FeedbackList, type GiveFeedback, uuidV5 } from "@millrace/contracts";
import type { Queries } from "@millrace/database";
import { hasRole, type Identity } from "@millrace/service";
import { and, asc, desc, eq, isNotNull, sql } from "drizzle-orm";
import { feedback } from "./tables.ts";

const MOST_COMMENTS = 100;

/**
 * Keeps a rating; a second one of the same answer by the same sender takes the place of the first.
 * @returns Its id, by which it can be erased.
 */
export async function giveFeedback(
  db: Queries,
  { project, name }: Identity,
  { completionId, model: answeredBy, rating, comment }: GiveFeedback,
  now: number,
): Promise<string> {
  const [model = "", version] = answeredBy.split("@");
  const id = await uuidV5(JSON.stringify(["feedback", project, completionId, name]));
  const given = { model, version: Number(version), rating, comment: comment ?? null, givenAt: now };
  await db
    .insert(feedback)
    .values({ project, id, completionId, givenBy: name, ...given })
    .onConflictDoUpdate({ target: [feedback.project, feedback.id], set: given });
  return id;
}

/** Counts by version, and the newest comments. */
export async function feedbackOf(db: Queries, project: string, model: string): Promise<FeedbackList> {
  const ofModel = and(eq(feedback.project, project), eq(feedback.model, model));
  const versions = await db
    .select({
      version: feedback.version,
      up: sql<number>`(count(*) filter (where ${feedback.rating} > 0))::int`,
      down: sql<number>`(count(*) filter (where ${feedback.rating} < 0))::int`,
    })
    .from(feedback)
    .where(ofModel)
    .groupBy(feedback.version)
    .orderBy(asc(feedback.version));
  const comments = await db
    .select()
    .from(feedback)
    .where(and(ofModel, isNotNull(feedback.comment)))
    .orderBy(desc(feedback.givenAt), asc(feedback.id))
    .limit(MOST_COMMENTS);
  return {
    versions,
    comments: comments.map(({ id, completionId, version, rating, comment, givenAt }) => ({
      id,
      completionId,
      version,
      rating,
      comment: comment ?? "",
      at: new Date(givenAt).toISOString(),
    })),
  };
}

/**
 * Erases a rating and its comment. Senders erase their own; operators any.
 * @returns False if there is none that they may erase.
 */
export async function eraseFeedback(db: Queries, identity: Identity, id: string): Promise<boolean> {
  const { project, name } = identity;
  const isAny = hasRole(identity, "operator");
  const erased = await db
    .delete(feedback)
    .where(and(eq(feedback.project, project), eq(feedback.id, id), isAny ? undefined : eq(feedback.givenBy, name)))
    .returning({ id: feedback.id });
  return erased.length > 0;
}
