import { afterAll, expect, test } from "vitest";
import { inProcessCleaner } from "../in_process_cleaner.ts";
import { cleanedBy, contents, describeCleaner, SETTINGS } from "../testing/cleaner_contract.ts";
import { cleaningThreads } from "./cleaning_threads.ts";

const one = cleaningThreads(1);
const three = cleaningThreads(3);
afterAll(() => Promise.all([one.close(), three.close()]));

describeCleaner("cleaningThreads(1)", one);
describeCleaner("cleaningThreads(3)", three);

test("any number of threads gives the bytes that the loop itself gives", async () => {
  const own = inProcessCleaner();
  for (const content of contents()) {
    const wanted = JSON.stringify(await cleanedBy(own, content));
    for (const threads of [one, three]) expect(JSON.stringify(await cleanedBy(threads, content))).toBe(wanted);
  }
});

/** A page near the bounds: seconds of work. */
const LARGE = { path: "large.html", bytes: new TextEncoder().encode("<p>one two".repeat(60_000)), licence: undefined };

test("the loop goes on while a thread is at a large page, and aborting does not wait for its end", async () => {
  const stop = new AbortController();
  const cleaning = Array.fromAsync(one.clean(LARGE, SETTINGS, stop.signal));
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setTimeout(resolve));
  stop.abort(new Error("enough"));
  await expect(cleaning).rejects.toThrow("enough");
});

test("close() fails the work at hand", async () => {
  const pool = cleaningThreads(1);
  const cleaning = cleanedBy(pool, LARGE);
  setTimeout(() => void pool.close());
  await expect(cleaning).rejects.toThrow("before it answered");
});
