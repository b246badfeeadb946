import type { EventData, EVENTS } from "@millrace/contracts";
import fc from "fast-check";
import { expect, test } from "vitest";
import { awaitedIn, further, isLater, noteSince, type Unanswered } from "./awaited.ts";

type Moved = EventData<typeof EVENTS.rolloutMoved>;

const moved = (step: number, state: Moved["state"], attempt = 1): Moved => ({
  runId: "run-1",
  model: "docs",
  version: 2,
  by: "ada",
  attempt,
  step,
  state,
});

/** What is awaited once all of this was heard, in this order. */
function heard(told: readonly (Moved | Unanswered)[]) {
  let rollout: Moved | null = null;
  let unanswered: Unanswered | null = null;
  for (const one of told) {
    if ("finding" in one) unanswered = further(one, unanswered);
    else if (isLater(one, rollout)) rollout = one;
  }
  return awaitedIn(rollout, unanswered);
}

const found = (finding: Unanswered["finding"], attempt = 1): Unanswered => ({ finding, attempt });
const named = { model: "docs", version: 2, by: null };
const way = [moved(1, "smoke"), moved(2, "ready"), found("ready")];
const tried = [...way, moved(3, "canary"), found("healthy")];

test.each([
  ["a roll-out that no rule starts", way, { act: "start", ...named }],
  ["nobody before a rule was asked", way.slice(0, 2), null],
  ["nobody while a canary is not judged", [...way, moved(3, "canary")], null],
  ["all traffic for a healthy canary that no rule gives it", tried, { act: "promote", ...named }],
  ["the end of a pause", [...tried, moved(4, "paused")], { act: "resume", ...named }],
  ["all traffic again after a pause", [...tried, moved(4, "paused"), moved(5, "canary")], { act: "promote", ...named }],
  ["approval", [...tried, moved(4, "awaiting_approval")], { act: "approve", ...named, by: "ada" }],
  ["nobody on the way to all traffic", [...tried, moved(4, "routing")], null],
  ["nobody for what another attempt was found to be", [...tried, moved(1, "ready", 2)], null],
])("awaitedIn() tells of %s, in whatever order it was told", (_, told, wanted) => {
  const anyOrder = fc.shuffledSubarray(told, { minLength: told.length });
  fc.assert(
    fc.property(anyOrder, (order) => {
      expect(heard(order)).toEqual(wanted);
    }),
  );
});

test("noteSince() keeps since when one thing is awaited, and begins anew for another", () => {
  const start = { act: "start" as const, ...named };
  const waiting = noteSince(start, null, 1000);
  expect(waiting).toEqual({ ...start, sinceMs: 1000 });
  expect(noteSince(start, waiting, 2000)).toEqual(waiting);
  expect(noteSince({ ...start, act: "promote" }, waiting, 3000)).toEqual({ ...start, act: "promote", sinceMs: 3000 });
  expect(noteSince(null, waiting, 4000)).toBeNull();
  // Of a wait that began before that was noted nobody knows.
  expect(noteSince(start, start, 5000)).toEqual(start);
  // Nor of one of when approvals alone were awaited.
  expect(noteSince({ act: "approve", ...named }, named, 6000)).toEqual({ act: "approve", ...named });
});
