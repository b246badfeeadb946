import { expect, test } from "vitest";
import { columnsOf, linesOf, valueAt } from "./curve_lines.ts";

test("columnsOf() puts curves that were measured at different steps onto the steps of all", () => {
  const runs = [
    {
      id: "run-a",
      color: 1,
      points: [
        { step: 10, loss: 3 },
        { step: 30, loss: 2, validationLoss: 2.5 },
      ],
    },
    { id: "run-b", color: 2, points: [{ step: 20, loss: 4, validationLoss: 4.5 }] },
  ];
  const lines = linesOf({ runs, references: [] });
  expect(lines.map(({ path }) => path)).toEqual([
    "path.train.series-1",
    "path.train.series-2",
    "path.validation.series-1",
    "path.validation.series-2",
  ]);
  expect(columnsOf(lines)).toEqual([
    [10, 20, 30],
    [3, null, 2],
    [null, 4, null],
    [null, null, 2.5],
    [null, 4.5, null],
  ]);
});

test("valueAt() tells the last value before the cursor, and none before the first", () => {
  expect([0, 1, 2].map((index) => valueAt([null, 4, null], index))).toEqual([undefined, 4, 4]);
});
