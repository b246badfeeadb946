import { UsageError } from "../usage_error.ts";
import { type DataFolder, liveOwner, openDataFolder, type Owner } from "./data_folder.ts";

/** An owner that is ready. */
export type ReadyOwner = Owner & { readonly address: string };

const START_UP_MS = 30_000;
const LOOK_MS = 200;

/**
 * Becomes the owner of a data folder, or finds its owner and waits until that one says where it listens. The folder of one that ends while
 * it starts is free again, and is taken.
 * @param folder Made if it is not there.
 * @throws {UsageError} As `openDataFolder()` does, or if an owner does not say where it listens within 30 s.
 */
export async function takeOrFind(folder: string): Promise<DataFolder | { readonly owner: ReadyOwner }> {
  for (;;) {
    const opened = await openDataFolder(folder);
    if (!("owner" in opened)) return opened;
    const address = opened.owner.address ?? (await addressOf(folder, opened.owner.pid));
    if (address !== undefined) return { owner: { ...opened.owner, address } };
  }
}

/** An owner that is just starting announces its address when it is ready; undefined where it ends before. */
async function addressOf(folder: string, pid: number): Promise<string | undefined> {
  for (let waitedMs = 0; waitedMs < START_UP_MS; waitedMs += LOOK_MS) {
    const owner = await liveOwner(folder);
    if (owner?.pid !== pid) return undefined;
    if (owner.address !== null) return owner.address;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  throw new UsageError(
    `opening ${folder}: process ${pid} has it and did not say where it listens within ${START_UP_MS / 1000} s`,
  );
}
