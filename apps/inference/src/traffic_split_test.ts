import fc from "fast-check";
import { expect, test } from "vitest";
import { pickVersion, splitTraffic } from "./traffic_split.ts";

const percents = fc.array(fc.nat(100), { minLength: 1, maxLength: 6 });

test("splitTraffic() gives the version its share and loses no percent of the rest", () => {
  fc.assert(
    fc.property(percents, fc.nat(100), fc.nat(5), (shares, percent, place) => {
      const before = shares.map((share, index) => ({ version: index + 1, percent: share }));
      const version = (place % shares.length) + 1;
      const after = splitTraffic(before, version, percent);
      expect(after.map((share) => share.version)).toEqual(before.map((share) => share.version));
      expect(after.find((share) => share.version === version)?.percent).toBe(percent);
      expect(after.every((share) => share.percent >= 0)).toBe(true);
      const othersHad = before.some((share) => share.version !== version && share.percent > 0);
      expect(after.reduce((sum, share) => sum + share.percent, 0)).toBe(othersHad ? 100 : percent);
    }),
  );
});

test("splitTraffic() keeps the proportions of the others", () => {
  const before = [
    { version: 1, percent: 75 },
    { version: 2, percent: 25 },
    { version: 3, percent: 0 },
  ];
  expect(splitTraffic(before, 3, 20).map(({ percent }) => percent)).toEqual([60, 20, 20]);
});

test("pickVersion() picks by the shares, all for the only one that has any, none without traffic", () => {
  const rows = [
    { version: 1, percent: 0 },
    { version: 2, percent: 30 },
    { version: 3, percent: 10 },
  ];
  expect([0, 0.74, 0.76, 0.999].map((random) => pickVersion(rows, random)?.version)).toEqual([2, 2, 3, 3]);
  expect(pickVersion([{ version: 1, percent: 5 }], 0.999)?.version).toBe(1);
  expect(pickVersion([{ version: 1, percent: 0 }], 0.5)).toBeUndefined();
});
