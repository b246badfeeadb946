/** A few seconds of each load scenario. Times are not judged here, answers are. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { load } from "./load.ts";
import { findK6 } from "./run_k6.ts";
import { SCENARIOS } from "./scenarios.ts";
import { type OwnTarget, startTarget } from "./start_target.ts";

const SECONDS = 2;
const MINUTES = 60_000;

const hasK6 = findK6() !== undefined;
if (!hasK6) console.warn("skipped: load scenarios: k6 was not found (infra/install.sh installs it)");

let target: OwnTarget | undefined;
beforeAll(async () => {
  if (hasK6) target = await startTarget();
}, 5 * MINUTES);
afterAll(() => target?.stop(), MINUTES);

test.skipIf(!hasK6).each(SCENARIOS)(
  "load: $name: every answer is right",
  async (scenario) => {
    const { faults } = await load(scenario, target as OwnTarget, { seconds: SECONDS, times: "measured" });
    expect(faults).toEqual([]);
  },
  5 * MINUTES,
);
