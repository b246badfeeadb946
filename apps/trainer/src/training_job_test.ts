import { expect, test } from "vitest";
import { dueAfter } from "./training_job.ts";
import type { TrainingJob } from "./training_job.ts";

const job: TrainingJob = {
  run: "r",
  leaves: 1,
  steps: 10,
  validationLeaves: 1,
  validateEverySteps: 4,
  checkpointEverySteps: 3,
  replica: {},
  blobs: {},
};

test("dueAfter() names validations and checkpoints at their periods and after the last step, and nothing before the first", () => {
  const steps = Array.from({ length: 11 }, (_, step) => step);
  expect(steps.filter((step) => dueAfter(job, step).validate)).toEqual([4, 8, 10]);
  expect(steps.filter((step) => dueAfter(job, step).checkpoint)).toEqual([3, 6, 9, 10]);
  expect(steps.some((step) => dueAfter({ ...job, validationLeaves: 0 }, step).validate)).toBe(false);
});
