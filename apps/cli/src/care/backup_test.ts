import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openDataFolder } from "../data_folder/data_folder.ts";
import { UsageError } from "../usage_error.ts";
import { backUp } from "./backup.ts";
import { tellBackups } from "./known_backups.ts";
import type { BackupManifest } from "./packed_folder.ts";
import { fill, restore, type RestoreReport } from "./restore.ts";
import { tarBlocks, tarEnd } from "./tar.ts";

const DEEP = `artifacts/default/ab/${"ab".repeat(32)}.chunks.json`;
const LARGE = Uint8Array.from({ length: 200_000 }, (_, at) => (at * 31 + (at >> 9)) & 0xff);

let folder: string;
let data: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "millrace-backup-"));
  [data, file] = [join(folder, "data"), join(folder, "backup.tar.gz")];
  for (const name of [
    "postgres/pg_notify",
    "postgres/base/5",
    "artifacts/default/ab",
    "artifacts/.spool",
    "scratch/trainer",
  ]) {
    await mkdir(join(data, name), { recursive: true });
  }
  const contents = {
    "format.json": '{"version":1}',
    "secrets.json": "secret",
    "log.jsonl": "a line",
    "postgres/PG_VERSION": "17\n",
    "postgres/base/5/1259_fsm": LARGE,
    "postgres/base/5/empty": "",
    "artifacts/.spool/half": "half",
    "scratch/trainer/lost": "lost",
    [DEEP]: "{}",
  };
  for (const [name, content] of Object.entries(contents)) await writeFile(join(data, name), content);
});
afterEach(() => rm(folder, { recursive: true }));

const NEVER = new AbortController().signal;
const make = () => backUp(data, file, 0, () => {}, NEVER);
const bringBack = (from = file, to = join(folder, "restored")): Promise<RestoreReport> =>
  restore(from, to, { erasures: [], tell: () => {} });

async function tree(root: string): Promise<Map<string, string>> {
  const found = await readdir(root, { recursive: true, withFileTypes: true });
  const entries = found.map(async (one) => {
    const path = join(one.parentPath, one.name);
    return [
      path.slice(root.length + 1),
      one.isDirectory() ? "folder" : (await readFile(path)).toString("base64"),
    ] as const;
  });
  return new Map((await Promise.all(entries)).toSorted(([left], [right]) => (left < right ? -1 : 1)));
}

/** But for what a restored folder knows of its backup. */
async function restoredTree(root: string): Promise<Map<string, string>> {
  const found = await tree(root);
  for (const name of ["backups.json", "backups.lock"]) found.delete(name);
  return found;
}

test("what is restored is what was backed up, empty folders too, without what may be lost", async () => {
  const wanted = await tree(data);
  for (const name of wanted.keys()) {
    if (/^(?:scratch|log\.jsonl|artifacts\/\.spool)/.test(name)) wanted.delete(name);
  }
  expect(await make()).toMatchObject({ file, files: 7 });
  expect(await bringBack()).toMatchObject({ folder: join(folder, "restored"), files: 7, forgotten: [] });
  expect(await restoredTree(join(folder, "restored"))).toEqual(wanted);
  // It is nobody's now, and knows of its backup.
  expect(JSON.parse(await readFile(join(data, "backups.json"), "utf8"))).toMatchObject([{ file }]);
  expect(await readdir(folder)).not.toContain("backup.tar.gz.partial");
});

test("a restored folder knows the backup that it came from: what is forgotten there is written beside it", async () => {
  await make();
  await bringBack();
  const erasure = { documentId: "d".repeat(64), state: "done", by: "admin", at: "2026-01-01T00:00:00.000Z" } as const;
  expect(await tellBackups(join(folder, "restored"), erasure)).toEqual({ told: [file], missing: [] });
  expect(await readFile(`${file}.erasures.jsonl`, "utf8")).toBe(`${JSON.stringify(erasure)}\n`);
});

test("a backup is made to a new file outside of the folder", async () => {
  await expect(backUp(data, join(data, "backup.tar.gz"), 0, () => {}, NEVER)).rejects.toThrow("choose a place outside");
  await make();
  await expect(make()).rejects.toThrow("is there already");
  await symlink("/etc/passwd", join(data, "link"));
  await expect(backUp(data, `${file}.2`, 0, () => {}, NEVER)).rejects.toThrow("neither a file nor a folder");
  expect(await readdir(folder)).not.toContain("backup.tar.gz.2.partial");
});

test("of two backups to one name the second is refused, and the first is whole and known", async () => {
  let second: Promise<unknown> | undefined;
  const onBytes = (): void => {
    second ??= make().then(
      () => "made",
      (error: Error) => error.message,
    );
  };
  const first = await backUp(data, file, 0, onBytes, NEVER);
  expect(await second).toContain("is there already");
  const other = `${file}.2`;
  await writeFile(`${other}.partial`, "half");
  await expect(backUp(data, other, 0, () => {}, NEVER)).rejects.toThrow(
    "another backup is being made to this name, or was",
  );
  expect(await readFile(`${other}.partial`, "utf8")).toBe("half");
  expect(JSON.parse(await readFile(join(data, "backups.json"), "utf8"))).toMatchObject([{ file: first.file }]);
});

test("a backup that is broken off leaves neither a file nor a folder that knows of it", async () => {
  const broken = new AbortController();
  const making = backUp(data, file, 0, () => broken.abort(new Error("interrupted")), broken.signal);
  await expect(making).rejects.toThrow("interrupted");
  expect(await readdir(folder)).toEqual(["data"]);
  expect(JSON.parse(await readFile(join(data, "backups.json"), "utf8"))).toEqual([]);
});

test("what others make in the folder to try it, and take away, is no part of a backup", async () => {
  await mkdir(join(data, ".millrace-abc"));
  await make();
  await bringBack();
  expect(await readdir(join(folder, "restored"))).not.toContain(".millrace-abc");
});

test("restore refuses a folder with something in it, and takes an empty one", async () => {
  await make();
  await expect(bringBack(file, data)).rejects.toThrow("has something in it");
  await mkdir(join(folder, "empty"));
  const wanted = (await bringBack(file, join(folder, "restored"))).folder;
  await bringBack(file, join(folder, "empty"));
  expect([...(await restoredTree(join(folder, "empty")))]).toEqual([...(await restoredTree(wanted))]);
});

test("restore fills the folder that a link leads to, as it does one that cannot be replaced, and refuses a link to nothing", async () => {
  await make();
  await mkdir(join(folder, "volume"));
  const before = await stat(join(folder, "volume"));
  await symlink(join(folder, "volume"), join(folder, "link"));
  await bringBack(file, join(folder, "link"));
  expect(await readdir(join(folder, "volume"))).toContain("format.json");
  // A mount point is no other folder afterwards.
  expect((await stat(join(folder, "volume"))).ino).toBe(before.ino);
  await symlink(join(folder, "nowhere"), join(folder, "dangling"));
  await expect(bringBack(file, join(folder, "dangling"))).rejects.toThrow("looking into");
  // As a kill in the middle leaves one.
  await mkdir(join(folder, "half", ".restoring-1"), { recursive: true });
  await expect(openDataFolder(join(folder, "half"))).rejects.toThrow("a restore into it was broken off");
});

test("a restore into a folder that another one has come to meanwhile leaves it whole, and takes its own draft away", async () => {
  await make();
  const place = join(folder, "place");
  await bringBack(file, place);
  const first = await tree(place);
  const draft = join(place, ".restoring-2");
  await mkdir(join(draft, "postgres"), { recursive: true });
  await expect(fill(place, draft, () => {})).rejects.toThrow(/was empty, and has \S+ in it now/);
  await rm(draft, { recursive: true });
  expect([...(await tree(place))]).toEqual([...first]);
});

test("a restore leaves the draft of another one that has the same name alone", async () => {
  await make();
  const draft = join(folder, `restored.restoring-${process.pid}`);
  await mkdir(draft);
  await writeFile(join(draft, "half"), "half");
  await expect(bringBack()).rejects.toThrow("EEXIST");
  expect(await readdir(draft)).toEqual(["half"]);
});

test("only its user may look into a folder that was restored into one that was open", async () => {
  await make();
  await mkdir(join(folder, "open"), { mode: 0o755 });
  await bringBack(file, join(folder, "open"));
  expect((await stat(join(folder, "open"))).mode & 0o777).toBe(0o700);
});

test("backup says which folder is missing or closed", async () => {
  const closed = process.platform === "linux" ? "/sys/kernel" : "/System";
  for (const [place, said] of [
    [join(folder, "nope"), `there is no folder ${join(folder, "nope")}`],
    [closed, `${closed} cannot be written to (E`],
  ] as const) {
    const refused = backUp(data, join(place, "bk.tgz"), 0, () => {}, NEVER);
    await expect(refused).rejects.toThrow(UsageError);
    await expect(refused).rejects.toThrow(`millrace backup: ${join(place, "bk.tgz")}: ${said}`);
  }
});

test("a backup of which any byte is changed, or any end is missing, gives no folder", async () => {
  await make();
  const tar = gunzipSync(await readFile(file));
  // What fills blocks, and times and owners in headers, is no content; everything else is caught.
  await fc.assert(
    fc.asyncProperty(fc.nat({ max: tar.length - 1 }), fc.boolean(), async (at, isCut) => {
      const damaged = isCut
        ? tar.subarray(0, at)
        : Uint8Array.from(tar, (byte, index) => (index === at ? byte ^ 1 : byte));
      await writeFile(`${file}.damaged`, gzipSync(damaged));
      const restored = await bringBack(`${file}.damaged`).catch((error: Error) => error);
      if (restored instanceof Error) {
        expect(restored.name).toBe("UsageError");
        expect(await readdir(folder)).not.toContain("restored");
      } else {
        expect(await restoredTree(restored.folder)).toEqual(intact);
        await rm(restored.folder, { recursive: true });
      }
      expect((await readdir(folder)).filter((name) => name.includes(".restoring-"))).toEqual([]);
    }),
    { numRuns: 40 },
  );
});

let intact: Map<string, string>;
beforeEach(async () => {
  const names = [...(await tree(data))].filter(([name]) => !/^(?:scratch|log\.jsonl|artifacts\/\.spool)/.test(name));
  intact = new Map(names);
});

async function packed(manifest: object, ...names: readonly string[]): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  const content = new TextEncoder().encode("content");
  const last = new TextEncoder().encode(JSON.stringify(manifest));
  for (const name of names) {
    for await (const piece of tarBlocks({ name, isFolder: false, sizeBytes: 7 }, content)) pieces.push(piece);
  }
  for await (const piece of tarBlocks({ name: "manifest.json", isFolder: false, sizeBytes: last.length }, last))
    pieces.push(piece);
  return Buffer.concat([...pieces, tarEnd()]);
}
const EMPTY: BackupManifest = { version: 1, format: 1, madeAt: new Date(0).toISOString(), folders: [], files: {} };

test.each([
  [
    "a newer format",
    /holds format 2, this Millrace knows up to 1 and 1; use a newer/,
    async () => packed({ ...EMPTY, format: 2 }),
  ],
  ["a newer form of backup", /is of version 2/, async () => packed({ version: 2, format: 1, further: true })],
  ["a file that the manifest does not name", /more has hash .* wanted no such file/, async () => packed(EMPTY, "more")],
  [
    "a name that leads out",
    /wanted a plain relative one/,
    async () => renamed(await packed(EMPTY, "aa/more"), "../more"),
  ],
  ["an absolute name", /wanted a plain relative one/, async () => renamed(await packed(EMPTY, "etc/more"), "/tc/more")],
  ["something else", /wanted a file that millrace backup has made/, async () => new Uint8Array(2048).fill(65)],
])("restore refuses %s", async (_what, why, bytes) => {
  await writeFile(file, gzipSync(await bytes()));
  await expect(bringBack()).rejects.toThrow(why);
  expect((await readdir(folder)).toSorted()).toEqual(["backup.tar.gz", "data"]);
});

test("restore refuses what is not compressed, and a file that is not there", async () => {
  await writeFile(file, "text");
  await expect(bringBack()).rejects.toThrow(
    /millrace restore: .*incorrect header check; wanted the whole file that millrace backup/,
  );
  await expect(bringBack(join(folder, "nowhere"))).rejects.toThrow("ENOENT");
});

/** With another name in the first header, and its sum. */
function renamed(tar: Uint8Array, name: string): Uint8Array {
  const block = tar.slice(0, 512);
  block.fill(0, 0, 100).set(new TextEncoder().encode(name));
  block.fill(32, 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.set(new TextEncoder().encode(`${sum.toString(8).padStart(6, "0")}\0 `), 148);
  return Buffer.concat([block, tar.subarray(512)]);
}

test("backUp() leaves nothing behind where the backup cannot be remembered, and succeeds when it can", async () => {
  const list = join(data, "backups.json");
  await writeFile(list, "not a list");
  const before = await readdir(data);
  await expect(make()).rejects.toThrow("not a list");
  expect((await readdir(data)).filter((name) => name !== "backups.lock")).toEqual(before);
  expect(await readdir(folder)).toEqual(["data"]);
  await rm(list);
  expect(await make()).toMatchObject({ file });
});
