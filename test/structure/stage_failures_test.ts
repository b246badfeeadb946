/** Every code with which a stage can fail has a remedy: whoever is told of the failure is told what helps. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { STAGE_FAILURES } from "@millrace/contracts";
import { beforeAll, expect, test } from "vitest";
import { RefusalCode } from "../../apps/trainer/src/training_refusal.ts";
import { sourceFiles } from "./imports.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
/** Where `failStage` itself tells it. */
const TELLER = "packages/service/src/fail_stage.ts";

let texts: [file: string, text: string][];
beforeAll(async () => {
  const files = (await sourceFiles(ROOT, ["packages", "apps"])).filter((file) => !/_test\.ts$|\/testing\//.test(file));
  texts = await Promise.all(
    files.map(async (file): Promise<[string, string]> => [file, await readFile(join(ROOT, file), "utf8")]),
  );
});

test("a stage's failure is told by failStage() alone, which takes no code without a remedy", () => {
  const tellers = texts.filter(([, text]) => /(?:output|emit)\([^;]*EVENTS\.stageFailed/.test(text));
  expect(tellers.map(([file]) => file)).toEqual([TELLER]);
});

test("the codes in the services are those in the table", () => {
  const failing = texts.filter(
    ([file, text]) => file.startsWith("apps/") && /\b(?:failStage|failDeployment|StageFailure)\b/.test(text),
  );
  expect(failing.length).toBeGreaterThan(10);
  const codes = failing.flatMap(([, text]) =>
    [...text.matchAll(/(?:\bcode: |\bCODE = |\/, )"([a-z_]+)"/g)].map(([, code]) => code),
  );
  // These cross from a node to its coordinator, so they stand in a schema.
  codes.push(...RefusalCode.options);
  expect([...new Set(codes)].sort()).toEqual(Object.keys(STAGE_FAILURES).sort());
});
