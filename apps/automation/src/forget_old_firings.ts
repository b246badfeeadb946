import type { Schedule } from "@millrace/service";
import { and, eq, exists, gt, lt, ne, or } from "drizzle-orm";
import { alias } from "drizzle-orm/pg-core";
import { LONGEST_MS } from "./rules/limits.ts";
import { ruleFirings } from "./tables.ts";

const HOUR_MS = 3_600_000;

/** Removes firings of rules that no limit counts any more, of all projects. When each rule did something last stays known. */
export const forgetOldFirings: Schedule = {
  name: "forget_old_firings",
  everyMs: HOUR_MS,
  async run({ database: { drizzle: db }, now }) {
    const later = alias(ruleFirings, "later");
    const { project, ruleId, outcome, at } = ruleFirings;
    const laterDone = db
      .select()
      .from(later)
      .where(and(eq(later.project, project), eq(later.ruleId, ruleId), eq(later.outcome, "done"), gt(later.at, at)));
    await db.delete(ruleFirings).where(and(lt(at, now() - LONGEST_MS), or(ne(outcome, "done"), exists(laterDone))));
  },
};
