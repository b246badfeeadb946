import type { Schedule } from "@millrace/service";
import { lt } from "drizzle-orm";
import { windows } from "./tables.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** As long as the log keeps them. */
const WINDOW_DAYS = 14;

/** Removes windows of all projects that are older than the series go back. Alerts and feedback stay. */
export const forgetOldWindows: Schedule = {
  name: "forget_old_windows",
  everyMs: HOUR_MS,
  async run({ database, now }) {
    await database.drizzle.delete(windows).where(lt(windows.windowStart, now() - WINDOW_DAYS * DAY_MS));
  },
};
