import { expect, test } from "vitest";
import { runAt, START_MS } from "../testing/scene_data.ts";
import { picker } from "./run_compare.ts";

test("picker() says of each run how it goes, and of those that have ended how they ended", () => {
  const others = (["training", "completed", "failed", "cancelled"] as const).map((state) =>
    runAt(state, { id: state }),
  );
  const words = String(picker("run-1", others, [], START_MS)).replaceAll(/<[^>]+>|\s+/g, " ");
  for (const { id, name, state } of others) expect(words).toMatch(new RegExp(`${name} +${id} [^a-z]* ${state} `));
});
