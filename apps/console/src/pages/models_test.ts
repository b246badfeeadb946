import type { VersionView } from "@millrace/contracts";
import { expect, test } from "vitest";
import { START_MS, version } from "../testing/scene_data.ts";
import { modelsPage } from "./models.ts";

const versions: VersionView[] = [
  { ...version, model: "a", version: 2, state: "rolled_back" },
  { ...version, model: "a", version: 1, state: "deployed" },
];
const pageOf = (found: readonly VersionView[]): string =>
  String(modelsPage({ kind: "found", value: found }, START_MS, "trace"));

test("modelsPage() names the version that is deployed, and counts them where several are", () => {
  expect(pageOf(versions)).toContain("2 versions of 1 model, a v1 is deployed");
  const other: VersionView = { ...version, model: "b", version: 1, state: "deployed" };
  expect(pageOf([...versions, other])).toContain("3 versions of 2 models, 2 are deployed");
});

test("modelsPage() tells states in words", () => {
  expect(pageOf(versions)).toMatch(/rolled back/);
  expect(pageOf(versions)).not.toMatch(/>\s*rolled_back/);
});
