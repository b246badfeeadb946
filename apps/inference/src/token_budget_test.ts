import fc from "fast-check";
import { expect, test } from "vitest";
import { createTokenBudget } from "./token_budget.ts";

test("waitSeconds() lets a project ask until its limit is used, and again when enough is a minute old", () => {
  let nowMs = 5_000_000;
  const budget = createTokenBudget(() => nowMs);
  expect(budget.waitSeconds("acme", 100)).toBe(0);
  budget.spend("acme", 60);
  nowMs += 20_000;
  expect(budget.waitSeconds("acme", 100)).toBe(0);
  budget.spend("acme", 70);
  expect(budget.waitSeconds("acme", 100)).toBe(40);
  expect(budget.waitSeconds("other", 100)).toBe(0);
  nowMs += 39_999;
  expect(budget.waitSeconds("acme", 100)).toBe(1);
  nowMs += 1;
  expect(budget.waitSeconds("acme", 100)).toBe(0);
});

test("waitSeconds() is the first whole second at which the last minute holds less than the limit", () => {
  const uses = fc.array(fc.record({ afterMs: fc.nat(30_000), tokens: fc.integer({ min: 1, max: 50 }) }), {
    maxLength: 20,
  });
  fc.assert(
    fc.property(uses, fc.integer({ min: 1, max: 200 }), (made, limit) => {
      let nowMs = 1_000_000_000;
      const budget = createTokenBudget(() => nowMs);
      const log: { at: number; tokens: number }[] = [];
      for (const { afterMs, tokens } of made) {
        nowMs += afterMs;
        budget.spend("acme", tokens);
        log.push({ at: Math.floor(nowMs / 1000), tokens });
      }
      const usedAt = (second: number): number =>
        log.filter(({ at }) => at > second - 60).reduce((sum, { tokens }) => sum + tokens, 0);
      const here = Math.floor(nowMs / 1000);
      let wanted = 0;
      while (usedAt(here + wanted) >= limit) wanted += 1;
      expect(budget.waitSeconds("acme", limit)).toBe(wanted);
    }),
  );
});
