import { expect, test } from "vitest";
import { type Observation, watchRequest } from "./observation.ts";

test.each([
  [false, [[5, 6]]],
  [true, []],
])("watchRequest() notes how prompts begin, but where a template wrote them (%j)", (isTemplated, prompts) => {
  const recorded: Observation[] = [];
  const served = { project: "default", model: "docs", version: 1 };
  const request = { served, perPrompt: 2, isSynthetic: false, isTemplated, spend: () => {} };
  const watch = watchRequest(
    request,
    () => 0,
    (observation) => recorded.push(observation),
  );
  const token = { text: "a", promptTokens: 2, prompt: [5, 6] };
  for (const index of [0, 1]) watch.token({ choice: { index, request: {} as never }, token: token as never });
  watch.end("completed");
  expect(recorded).toEqual([expect.objectContaining({ promptTokens: 2, completionTokens: 2, prompts })]);
});
