import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type DataFolder, liveOwner, openDataFolder } from "./data_folder.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "millrace-data-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

async function own(): Promise<DataFolder> {
  const opened = await openDataFolder(folder);
  if ("owner" in opened) throw new Error(`owned by ${opened.owner.pid}`);
  return opened;
}

/** Opens the folder in a process of its own and says so; keeps it until killed. */
async function ownInChild(): Promise<ReturnType<typeof spawn>> {
  const module = JSON.stringify(new URL("data_folder.ts", import.meta.url).href);
  const child = spawn(
    process.execPath,
    [
      "--input-type=module",
      "-e",
      `const { openDataFolder } = await import(${module});
       const opened = await openDataFolder(${JSON.stringify(folder)});
       console.log("owner" in opened ? "refused" : "owner"); setInterval(() => {}, 1000);`,
    ],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const [chunk] = (await once(child.stdout as NodeJS.ReadableStream, "data")) as [Buffer];
  expect(chunk.toString().trim()).toBe("owner");
  return child;
}

test("openDataFolder() gives the folder to one owner and tells others its address", async () => {
  const first = await own();
  await first.announce("http://127.0.0.1:4000");
  const second = await openDataFolder(folder);
  expect("owner" in second && second.owner).toMatchObject({ pid: process.pid, address: "http://127.0.0.1:4000" });
  await first.release();
  expect(await liveOwner(folder)).toBeUndefined();
  await (await own()).release();
});

test("openDataFolder() takes over from an owner that was killed", async () => {
  const child = await ownInChild();
  expect(await liveOwner(folder)).toMatchObject({ pid: child.pid });
  child.kill("SIGKILL");
  await once(child, "exit");
  await (await own()).release();
});

test("openDataFolder() takes over from a lock whose process number now belongs to another process", async () => {
  await writeFile(
    join(folder, "owner.json"),
    JSON.stringify({ pid: process.pid, startedAt: "another life", address: null }),
  );
  await (await own()).release();
});

test("openDataFolder() takes over from a lock that is torn", async () => {
  await writeFile(join(folder, "owner.json"), '{"pid": 1');
  await (await own()).release();
});

test("openDataFolder() gives one of many at once the folder, however often it is stale", async () => {
  for (let round = 0; round < 25; round++) {
    await writeFile(join(folder, "owner.json"), JSON.stringify({ pid: 2 ** 22 + 1, startedAt: "gone", address: null }));
    const results = await Promise.all(Array.from({ length: 12 }, () => openDataFolder(folder)));
    const owners = results.filter((result): result is DataFolder => !("owner" in result));
    expect(owners).toHaveLength(1);
    await owners[0]?.release();
  }
}, 60_000);

test("openDataFolder() refuses a newer format and leaves no lock", async () => {
  await writeFile(join(folder, "format.json"), JSON.stringify({ version: 99 }));
  await expect(openDataFolder(folder)).rejects.toThrow("it has format 99");
  expect(await liveOwner(folder)).toBeUndefined();
});

test("openDataFolder() keeps the lock from other users", async () => {
  const opened = await own();
  expect((await stat(opened.file("owner.json"))).mode & 0o077).toBe(0);
  expect(JSON.parse(await readFile(opened.file("format.json"), "utf8"))).toEqual({ version: 1 });
  await opened.release();
});

test("openDataFolder() tells who has a folder that cannot be written to, and whose it is when that cannot be read", async () => {
  await chmod(folder, 0o755);
  const lock = join(folder, "owner.json");
  const opened = await own();
  await opened.announce("http://127.0.0.1:4000");
  await chmod(lock, 0o644);
  await chmod(folder, 0o555);
  await asOther(async () => {
    expect(await openDataFolder(folder)).toMatchObject({ owner: { address: "http://127.0.0.1:4000" } });
  });
  await chmod(lock, 0o000);
  await asOther(() =>
    expect(openDataFolder(folder)).rejects.toThrow(/owner\.json.*wanted the user whose folder it is/),
  );
  await chmod(folder, 0o755);
});

/** Acts as a user who may do no more than others: root may do everything. */
async function asOther(act: () => Promise<void>): Promise<void> {
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) process.seteuid?.(65_534);
  try {
    await act();
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
}
