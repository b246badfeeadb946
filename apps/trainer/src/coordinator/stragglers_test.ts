import { expect, test } from "vitest";
import { createStragglerWatch } from "./stragglers.ts";

const step = (...computeMs: number[]) =>
  computeMs.map((ms, at) => ({
    node: `node-${at}`,
    computeMs: ms,
    exchangeMs: 0,
    applyMs: 0,
    idleMs: 0,
    sentBytes: 0,
  }));

/** What a watch says over a number of equal steps. */
function said(watch: ReturnType<typeof createStragglerWatch>, steps: number, ...computeMs: number[]) {
  return Array.from({ length: steps }, () => watch.add(step(...computeMs))).filter((found) => found !== undefined);
}

test("createStragglerWatch() names the node whose leaves take half as long again as the others', once", () => {
  const watch = createStragglerWatch(8);
  expect(said(watch, 60, 200, 210, 440, 190)).toEqual([{ node: "node-2", ratio: 440 / 200 }]);
});

test("createStragglerWatch() names it again when it has caught up and falls back", () => {
  const watch = createStragglerWatch(8);
  expect(said(watch, 20, 200, 440)).toHaveLength(1);
  expect(said(watch, 20, 200, 210)).toEqual([]);
  expect(said(watch, 20, 200, 440)).toHaveLength(1);
});

test("createStragglerWatch() does not blame a node for having a leaf more", () => {
  // Of 8 leaves three nodes have 2, 3 and 3; of 3 leaves two nodes have 1 and 2.
  expect(said(createStragglerWatch(8), 40, 200, 300, 300)).toEqual([]);
  expect(said(createStragglerWatch(3), 40, 200, 400)).toEqual([]);
});

/** Steps of two pipelines of two stages. The first stage computes twice as long; all take 300 ms, of which they wait the rest. */
const staged = (...busyMs: number[]) =>
  step(...busyMs.map(() => 250)).map((each, at) => ({
    ...each,
    applyMs: 50,
    stage: { index: at % 2, of: 2, leaves: at < 2 ? 3 : 5, waitMs: 300 - busyMs[at]! },
  }));

/** What a new watch says over enough steps of stages. */
function saidOfStages(...busyMs: number[]) {
  const watch = createStragglerWatch(8);
  return Array.from({ length: 20 }, () => watch.add(staged(...busyMs))).filter((found) => found !== undefined);
}

test("createStragglerWatch() holds a stage beside those with the same stage, by the time in which they did not wait", () => {
  expect(saidOfStages(120, 60, 200, 100)).toEqual([]);
  expect(saidOfStages(120, 60, 200, 200)).toEqual([{ node: "node-3", ratio: 2 }]);
  expect(saidOfStages(240, 60, 200, 100)).toEqual([{ node: "node-0", ratio: 2 }]);
});

test("createStragglerWatch() blames no stage that has no like, however long it takes", () => {
  expect(saidOfStages(290, 20)).toEqual([]);
});

test("createStragglerWatch() says nothing of few or short steps, of one node, and of steps that others made", () => {
  expect(said(createStragglerWatch(8), 19, 200, 900)).toEqual([]);
  expect(said(createStragglerWatch(8), 50, 4, 9)).toEqual([]);
  expect(said(createStragglerWatch(8), 50, 900)).toEqual([]);
  const watch = createStragglerWatch(8);
  expect([...said(watch, 15, 200, 900), ...said(watch, 15, 200, 900, 200)]).toEqual([]);
});
