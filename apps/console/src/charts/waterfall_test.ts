import { expect, test } from "vitest";
import { report } from "../testing/scene_data.ts";
import { waterfall } from "./waterfall.ts";

test("waterfall() begins each loss where the one before ends, and ends at what is kept", async () => {
  const markup = String(await waterfall(report, (part) => `/${part}`, "kept"));
  const bars = [...markup.matchAll(/<rect x="([\d.]+)" width="([\d.]+)"/g)].map(([, x, width]) => [
    Number(x),
    Number(width),
  ]);
  expect(bars[0]).toEqual([0, 1000]);
  const losses = bars.slice(1, -1);
  let edge = 1000;
  for (const [x = 0, width = 0] of losses) {
    expect(x + width).toBeCloseTo(edge, -1);
    edge = x;
  }
  expect(bars.at(-1)?.[1]).toBeCloseTo(edge, 0);
});

test("waterfall() leaves out reasons that dropped nothing", async () => {
  const none = { ...report, dropped: { too_short: 0 }, bytes: { ...report.bytes, dropped: { too_short: 0 } } };
  expect(String(await waterfall(none, (part) => `/${part}`, "kept"))).not.toContain("too short");
});
