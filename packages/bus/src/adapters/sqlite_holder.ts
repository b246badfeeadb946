/**
 * Who holds a delivery. The file lives on one host, so a bus that opens it can see that a holder has died and need not wait until
 * its time is over: a run that was killed goes on at once. A process that cannot be told from a living one is waited for.
 */
import { kill, pid } from "node:process";
import type { DatabaseSync } from "node:sqlite";

/** This process. The start time tells it from an earlier one of the same number, as the first of a container always has. */
export const HOLDER = `${pid}@${performance.timeOrigin}`;

/** Makes the deliveries of dead processes due. */
export function releaseDeadHolders(database: DatabaseSync): void {
  const holders = database.prepare("SELECT DISTINCT holder FROM delivery WHERE holder IS NOT NULL").all();
  const release = database.prepare("UPDATE delivery SET visible_at = 0, holder = NULL WHERE holder = ?");
  for (const { holder } of holders) if (isDead(String(holder))) release.run(String(holder));
}

function isDead(holder: string): boolean {
  const number = Number(holder.split("@")[0]);
  if (number === pid) return holder !== HOLDER;
  try {
    // Signal 0 only asks whether the process is there.
    kill(number, 0);
    return false;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "ESRCH";
  }
}
