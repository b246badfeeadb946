import { addToSketch, emptySketch } from "@millrace/statistics";
import { expect, test } from "vitest";
import { type Arm, judgeCanary } from "./judge_canary.ts";

function arm(version: number, requests: number, errors = 0, firstTokenMs = 20): Arm {
  const sketch = emptySketch();
  for (let request = errors; request < requests; request++) addToSketch(sketch, firstTokenMs + (request % 5));
  return { version, requests, errors, synthetic: 0, firstTokenMs: sketch };
}

test.each([
  ["too few requests", arm(2, 49), undefined, "49 of 50 requests so far"],
  ["enough good ones", arm(2, 50), "healthy", "50 requests, no more errors and no slower than version 1"],
  ["many errors early", arm(2, 12, 9), "unhealthy", "9 of 12 requests failed, of version 1 0 of 450"],
  ["one error in few", arm(2, 5, 1), undefined, "5 of 50 requests so far"],
  ["a few more errors", arm(2, 60, 1), undefined, "waiting for up to 200 requests"],
  ["a few more errors for long", arm(2, 200, 3), "unhealthy", "3 of 200 requests failed"],
  ["first tokens far later", arm(2, 60, 0, 400), "unhealthy", "half of the first tokens came after more than 40"],
  ["first tokens little later", arm(2, 60, 0, 45), "healthy", "no slower"],
])("judgeCanary() finds %s: %#", (_, canary, verdict, reason) => {
  const judged = judgeCanary(canary, arm(1, 450), 50);
  expect(judged.verdict).toBe(verdict);
  expect(judged.evidence.reason).toContain(reason);
});

test("judgeCanary() does not hold against a canary what the stable version does too", () => {
  expect(judgeCanary(arm(2, 100, 20), arm(1, 500, 100), 50).verdict).toBe("healthy");
});

test("judgeCanary() shows medians only where there were tokens", () => {
  const { evidence } = judgeCanary(arm(2, 0), arm(1, 0), 50);
  expect(evidence.firstTokenP50Ms).toEqual({ canary: null, stable: null });
});
