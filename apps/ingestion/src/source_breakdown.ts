/** What the files of a corpus gave: kept and left out, folder by folder. */
import type { SourceBreakdown } from "@millrace/contracts";

type Entry = SourceBreakdown["entries"][number];
type Amounts = Pick<Entry, "kept" | "dropped">;

/** The file of a document: long files and files of records hold several, each named by `#` and its number. */
function fileOf(source: string): string {
  return source.replace(/#\d+$/, "");
}

/** Whether a document is of this file or of a file below this folder; all are below the empty path. */
export function isUnder(source: string, path: string): boolean {
  const file = fileOf(source);
  return path === "" || source === path || file === path || file.startsWith(`${path}/`);
}

/** Adds up documents as they are read. Holds a few numbers for each file. */
export interface Breakdown {
  add(source: string, fate: "kept" | "dropped", bytes: number): void;
  /**
   * Folders and files one level below what all that was added has in common, by bytes.
   * @param limit Most entries; what is beyond them is one more.
   */
  entries(limit: number): Pick<SourceBreakdown, "under" | "entries" | "rest">;
}

/** @param under Folder, or file, whose documents are added. */
export function breakDown(under: string): Breakdown {
  const files = new Map<string, Amounts>();
  return {
    add(source, fate, bytes) {
      const file = fileOf(source);
      const known = files.get(file) ?? none();
      files.set(file, { ...known, [fate]: plus(known[fate], { documents: 1, bytes }) });
    },
    entries(limit) {
      const folder = deepestFolder([...files.keys()], under);
      const start = folder === "" ? 0 : folder.length + 1;
      const byName = new Map<string, Entry>();
      for (const [file, amounts] of files) {
        const end = file.indexOf("/", start);
        const path = end < 0 ? file : file.slice(0, end);
        const known = byName.get(path) ?? { path, kind: end < 0 ? "file" : "folder", ...none() };
        byName.set(path, { ...known, ...together(known, amounts) });
      }
      const sorted = [...byName.values()].sort(
        (left, right) => bytesOf(right) - bytesOf(left) || (left.path < right.path ? -1 : 1),
      );
      const beyond = sorted.slice(limit);
      const rest = beyond.length === 0 ? null : { entries: beyond.length, ...beyond.reduce<Amounts>(together, none()) };
      return { under: folder, entries: sorted.slice(0, limit), rest };
    },
  };
}

/** A folder of nothing but one folder says nothing: the first level with something to compare is shown. */
function deepestFolder(files: readonly string[], under: string): string {
  const [first] = files;
  if (first === undefined || (files.length === 1 && first === under)) return folderOf(under);
  let folder = folderOf(first);
  while (!files.every((file) => isUnder(file, folder))) folder = folderOf(folder);
  return folder;
}

function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}

function none(): Amounts {
  return { kept: { documents: 0, bytes: 0 }, dropped: { documents: 0, bytes: 0 } };
}

function plus(left: Entry["kept"], right: Entry["kept"]): Entry["kept"] {
  return { documents: left.documents + right.documents, bytes: left.bytes + right.bytes };
}

function together(left: Amounts, right: Amounts): Amounts {
  return { kept: plus(left.kept, right.kept), dropped: plus(left.dropped, right.dropped) };
}

function bytesOf({ kept, dropped }: Amounts): number {
  return kept.bytes + dropped.bytes;
}
