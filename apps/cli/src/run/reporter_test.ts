import type { StageView } from "@millrace/contracts";
import { expect, test, vi } from "vitest";
import { createReporter } from "./reporter.ts";

const deploying: StageView = {
  stage: "deploying",
  state: "running",
  startedAt: "2026-01-05T08:00:00.000Z",
  endedAt: null,
  progress: { done: 1, total: 2, unit: "steps" },
  workedSeconds: 2,
};

/** What is written while a stage is seen in these states. */
function written(stages: readonly StageView[]): string[] {
  const lines: string[] = [];
  const log = vi.spyOn(console, "log").mockImplementation((line: string) => void lines.push(line));
  const reporter = createReporter({ dataDir: "here" });
  for (const stage of stages) reporter.stage(stage, false);
  reporter.end();
  log.mockRestore();
  return lines;
}

const awaiting = (requestedBy: string): StageView => ({
  ...deploying,
  progress: null,
  awaits: { approvalOf: "docs@2", requestedBy },
});

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
