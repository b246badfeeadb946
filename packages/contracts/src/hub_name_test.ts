import { expect, test } from "vitest";
import { parseHubName } from "./hub_name.ts";

test("parseHubName() reads owner, name and revision", () => {
  expect(parseHubName("hf:HuggingFaceTB/SmolLM2-135M@v1.0")).toEqual({
    repository: "HuggingFaceTB/SmolLM2-135M",
    revision: "v1.0",
  });
  expect(parseHubName("hf:a/b")).toEqual({ repository: "a/b", revision: "main" });
  expect(parseHubName("hf:a/b@refs/pr/4")).toEqual({ repository: "a/b", revision: "refs/pr/4" });
});

test.each([
  "a/b",
  "hf:",
  "hf:gpt2",
  "hf:a/b/c",
  "hf:../b",
  "hf:a/..",
  "hf:a--b/c",
  "hf:a/b@",
  "hf:a/b@../../x",
  "hf:a/b@/x",
  "hf:a/b@x//y",
  "hf:a/b@x?blobs=1",
  "hf:a/b@x%2e",
  "hf:a/b#c",
  "hf:a b/c",
  `hf:a/${"b".repeat(200)}`,
  `hf:a/b@${"c".repeat(201)}`,
])("parseHubName(%j) is undefined", (from) => {
  expect(parseHubName(from)).toBeUndefined();
});
