import type { StageView } from "@millrace/contracts";
import { expect, test, vi } from "vitest";
import { createReporter, type Reporter } from "./reporter.ts";

const deploying: StageView = {
  stage: "deploying",
  state: "running",
  startedAt: "2026-01-05T08:00:00.000Z",
  endedAt: null,
  progress: { done: 1, total: 2, unit: "steps" },
  workedSeconds: 2,
};

/** What is written while a stage is seen in these states. */
function written(stages: readonly StageView[], end = (reporter: Reporter) => reporter.end()): string[] {
  const lines: string[] = [];
  const log = vi.spyOn(console, "log").mockImplementation((line: string) => void lines.push(line));
  const reporter = createReporter({ dataDir: "here" });
  for (const stage of stages) reporter.stage(stage, false);
  end(reporter);
  log.mockRestore();
  return lines;
}

const waiting = (awaits: NonNullable<StageView["awaits"]>): StageView => ({ ...deploying, progress: null, awaits });
const interrupted = (reporter: Reporter): void => reporter.interrupted(true);
const awaiting = (requestedBy: string): StageView => waiting({ act: "approve", version: "docs@2", requestedBy });

test("a stage that waits for somebody's approval says so once each time, and how it is given", () => {
  const once = [
    "Waiting for approval: docs@2 gets all traffic when somebody else than ada with the role approver agrees.",
    "  npx millrace rollout approve docs@2 --data-dir here   (or reject)",
  ];
  const ada = awaiting("ada");
  expect(written([deploying, ada, ada, ada])).toEqual(once);
  expect(written([ada, deploying, ada])).toEqual([...once, ...once]);
  expect(written([awaiting("automation")])[0]).toContain("when somebody with the role approver agrees");
});

test("a stage that waits for a roll-out says what for, what ends it, and still when it is interrupted", () => {
  const by = (act: "start" | "promote" | "resume") => written([waiting({ act, version: "docs@2", requestedBy: null })]);
  expect(by("start")).toEqual([
    "Waiting: docs@2 is ready and waits to be rolled out, which no rule does.",
    "  npx millrace rollout start docs@2 --data-dir here   (or abort)",
  ]);
  expect(by("promote").join(" ")).toContain("which no rule gives it.   npx millrace rollout promote docs@2");
  expect(by("resume").join(" ")).toContain(
    "is paused as a canary and waits to be resumed.   npx millrace rollout resume",
  );
  const resumed = waiting({ act: "resume", version: "docs@2", requestedBy: null });
  expect(written([resumed], interrupted)).toContain(
    "It still waits: docs@2 is paused as a canary and waits to be resumed.",
  );
  expect(written([resumed, deploying], interrupted).join()).not.toContain("It still waits");
});
