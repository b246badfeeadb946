/** A few seconds of each load scenario. Times are not judged here, answers are. */
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { dataFolderWithRun } from "../kit/prepared.ts";
import { drive } from "./drive.ts";
import { judge } from "./judge.ts";
import { SCENARIOS } from "./scenarios.ts";
import { type OwnTarget, startTarget } from "./start_target.ts";

const SECONDS = 2;
const MINUTES = 60_000;

let target: OwnTarget;
beforeAll(async () => {
  target = await startTarget(dataFolderWithRun);
}, 5 * MINUTES);
afterAll(() => target.stop(), MINUTES);

test.each(SCENARIOS)(
  "load: $name: every answer is right",
  async (scenario) => {
    const outcome = await drive(scenario, target, SECONDS, { now: () => performance.now(), wait });
    expect(judge(outcome, false).faults).toEqual([]);
  },
  5 * MINUTES,
);
