import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { makeSpool, removeOldSpools } from "./s3_spools.ts";

test("removeOldSpools() removes what was left a day ago, and neither what is being written nor what others have", async () => {
  const folder = await mkdtemp(join(tmpdir(), "millrace-spools-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const now = Date.now();
  const age = (path: string, hours: number): Promise<void> => {
    const at = new Date(now - hours * 3_600_000);
    return utimes(path, at, at);
  };
  const spool = async (fileHours: number): Promise<string> => {
    const made = await makeSpool(folder);
    const file = join(made, "artifact");
    await writeFile(file, "piece");
    await age(file, fileHours);
    await age(made, 50);
    return made;
  };
  const other = join(folder, "other");
  await mkdir(other);
  await age(other, 50);
  // In a folder of temporary files anything may have such a name.
  const file = join(folder, "millrace-artifact-notes");
  await writeFile(file, "");
  await age(file, 50);
  await spool(25);
  const slow = await spool(1);
  await removeOldSpools(folder, now);
  expect((await readdir(folder)).map((name) => join(folder, name)).toSorted()).toEqual([slow, other, file].toSorted());
});
