import { PassThrough } from "node:stream";
import { describe, expect, test } from "vitest";
import { createProgress, progressLine } from "./progress.ts";

describe("progressLine()", () => {
  test("shows share, rate and remaining time when the total is known", () => {
    const line = progressLine("training", { done: 100, total: 400, unit: "steps" }, 5000, 120);
    expect(line).toBe(`training       ${"█".repeat(6)}${"░".repeat(18)} 25% 100/400 steps, 20 steps/s, 15 s left`);
  });

  test("shows the elapsed time alone when nothing is known", () => {
    expect(progressLine("collecting", undefined, 2600, 80)).toBe("collecting     3 s");
    expect(progressLine("collecting", { done: 0, total: 0, unit: "files" }, 2600, 80)).toBe("collecting     3 s");
  });

  test("promises no end when nothing is done yet", () => {
    const line = progressLine("training", { done: 0, total: 400, unit: "steps" }, 5000, 120);
    expect(line).toContain("0% 0/400 steps, 0.0 steps/s");
    expect(line).not.toContain("left");
  });

  test("stays at 100 % when more is done than was announced", () => {
    const line = progressLine("cleaning", { done: 12, total: 10, unit: "files" }, 1000, 120);
    expect(line).toContain(" 100% ");
    expect(line).toContain(", 0 s left");
  });

  test("keeps slow rates readable", () => {
    expect(progressLine("training", { done: 10, total: 40, unit: "steps" }, 40_000, 120)).toContain(
      "0.3 steps/s, 120 s left",
    );
  });

  test("promises no end of a few uneven steps", () => {
    const line = progressLine("deploying", { done: 1, total: 5, unit: "steps" }, 4000, 120);
    expect(line).toBe(`deploying      ${"█".repeat(5)}${"░".repeat(19)} 20% 1/5 steps, 4 s`);
  });

  test.each([0, 10, 40])("is never wider than %d columns", (columns) => {
    expect(progressLine("training", { done: 1, total: 4, unit: "steps" }, 4000, columns).length).toBeLessThanOrEqual(
      columns,
    );
  });
});

function stream(isTTY: boolean): { written: () => string; stream: NodeJS.WriteStream } {
  const through = new PassThrough();
  const as = Object.assign(through, { isTTY, columns: 80 }) as unknown as NodeJS.WriteStream;
  return { written: () => String(through.read() ?? ""), stream: as };
}

describe("createProgress()", () => {
  test("writes nothing when the output is no terminal", () => {
    const { written, stream: output } = stream(false);
    const progress = createProgress(output);
    progress.update("training", { done: 1, total: 2, unit: "steps" }, 0);
    progress.clear();
    expect(written()).toBe("");
  });

  test("writes a line for each tenth that took long to a log that wants them", () => {
    const { written, stream: output } = stream(false);
    const progress = createProgress(output, true);
    for (let done = 0; done <= 40; done += 1)
      progress.update("training", { done, total: 40, unit: "steps" }, done * 2000);
    progress.update("evaluating", undefined, 0);
    for (let done = 0; done <= 5; done += 1)
      progress.update("deploying", { done, total: 5, unit: "steps" }, done * 900);
    progress.clear();
    const lines = written().trimEnd().split("\n");
    expect(lines).toHaveLength(9);
    expect(lines[0]).toContain(" 10% 4/40 steps");
    expect(lines[8]).toContain(" 90% 36/40 steps");
  });

  test("redraws one line and wipes it once when the output is a terminal", () => {
    const { written, stream: output } = stream(true);
    const progress = createProgress(output);
    progress.update("training", undefined, 0);
    progress.clear();
    progress.clear();
    expect(written()).toBe("\r\u001B[Ktraining       0 s\r\u001B[K");
  });
});
