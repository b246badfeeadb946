import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { UsageError } from "./usage_error.ts";
import { requireWritableFile, requireWritableFolder } from "./writable.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "millrace-writable-"));
  await writeFile(join(folder, "file"), "kept");
});
afterEach(() => rm(folder, { recursive: true }));

async function refusal(check: Promise<void>): Promise<string> {
  const error: unknown = await check.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(UsageError);
  return (error as UsageError).message;
}

/** A folder that this user may not write to; root may, except where the system itself says no. */
async function closedFolder(): Promise<string> {
  if (process.getuid?.() === 0) return process.platform === "linux" ? "/sys/kernel" : "/System";
  const closed = join(folder, "closed");
  await mkdir(closed);
  await chmod(closed, 0o500);
  return closed;
}

describe("requireWritableFile()", () => {
  test("takes a new file, one that is there, and a device, and makes none", async () => {
    await requireWritableFile("--summary", join(folder, "new.json"));
    await requireWritableFile("--summary", join(folder, "file"));
    await requireWritableFile("--summary", "/dev/null");
    expect(await readdir(folder)).toEqual(["file"]);
  });

  test("names the folder that is missing, or is none", async () => {
    expect(await refusal(requireWritableFile("--summary", join(folder, "no/s.json")))).toContain(
      `there is no folder ${join(folder, "no")}; make it first`,
    );
    expect(await refusal(requireWritableFile("--summary", join(folder, "file/s.json")))).toContain(
      `expected ${join(folder, "file")} to be a folder, found a file`,
    );
    expect(await refusal(requireWritableFile("--summary", folder))).toContain("expected a file, found a folder");
  });

  test("says so when the folder is closed", async () => {
    const closed = await closedFolder();
    expect(await refusal(requireWritableFile("--summary", join(closed, "s.json")))).toMatch(
      /^--summary .*: .* cannot be written to \((?:EACCES|EPERM|EROFS)\)/,
    );
  });
});

describe("requireWritableFolder()", () => {
  test("takes a folder that is there and one that can be made, and makes none", async () => {
    await requireWritableFolder("--data-dir", folder);
    await requireWritableFolder("--data-dir", join(folder, "a/b/c"));
    expect(await readdir(folder)).toEqual(["file"]);
  });

  test("refuses a file, and a folder below a file", async () => {
    expect(await refusal(requireWritableFolder("--data-dir", join(folder, "file")))).toMatch(
      /^--data-dir .*file: expected it to be a folder, found a file$/,
    );
    expect(await refusal(requireWritableFolder("--data-dir", join(folder, "file/a/b")))).toContain(
      `expected ${join(folder, "file")} to be a folder`,
    );
  });

  test("refuses a folder in a place that is closed", async () => {
    expect(await refusal(requireWritableFolder("--data-dir", join(await closedFolder(), "data")))).toContain(
      "cannot be written to (E",
    );
  });
});
