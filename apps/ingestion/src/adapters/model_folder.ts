/** A model to train further that lies in a folder of this machine. */
import { constants } from "node:fs";
import { open, readdir, realpath, stat } from "node:fs/promises";
import { basename, dirname, join, relative, resolve } from "node:path";
import { type BaseFolder, BaseModelError } from "../base/base_folder.ts";

/**
 * Lists the files at the top of a folder. Links are not followed, but for those that Hugging Face's own cache is made of.
 * @param path Absolute.
 * @param within The only folder that recipes may name paths in. Default: any.
 * @throws {BaseModelError} If there is no such folder, or it lies elsewhere.
 */
export async function modelFolder(path: string, within?: string): Promise<BaseFolder> {
  if (within !== undefined && isOutside(relative(resolve(within), resolve(path)))) refuseOutside(path, within);
  const folder = await realpath(path).catch((cause: unknown) => {
    throw new BaseModelError(`found nothing at "${path}", wanted a folder in Hugging Face's layout`, { cause });
  });
  const bounds = within === undefined ? undefined : await realpath(within);
  if (within !== undefined && bounds !== undefined && isOutside(relative(bounds, folder))) refuseOutside(path, within);
  if (!(await stat(folder)).isDirectory()) throw new BaseModelError(`found a file at "${path}", wanted a folder`);
  const files = new Map<string, string>();
  const sizes = new Map<string, number>();
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const own = join(folder, entry.name);
    const file = entry.isSymbolicLink() && (await isOfCache(folder, own, bounds)) ? await realpath(own) : own;
    if (!entry.isFile() && file === own) continue;
    files.set(entry.name, file);
    sizes.set(entry.name, (await stat(file)).size);
  }
  return {
    origin: { kind: "folder", folder: basename(folder) || "/" },
    sizes,
    open: (name) => openPlainFile(files.get(name) ?? join(folder, name)),
  };
}

function refuseOutside(path: string, within: string): never {
  throw new BaseModelError(`found the folder "${path}", wanted one in ${within}`);
}

function isOutside(path: string): boolean {
  return /^(?:\.\.(?:$|[/\\])|[/\\])/.test(path);
}

/**
 * `models--owner--name/snapshots/<commit>/<file>` is a link into `models--owner--name/blobs`, which is a folder itself and no link.
 * @param folder Without links, and so is what it is compared with.
 * @param bounds The folder that nothing is read outside of.
 */
async function isOfCache(folder: string, link: string, bounds: string | undefined): Promise<boolean> {
  const blobs = join(folder, "../../blobs");
  if (bounds !== undefined && isOutside(relative(bounds, blobs))) return false;
  const target = await realpath(link).catch(() => undefined);
  return target !== undefined && dirname(target) === blobs && (await stat(target)).isFile();
}

/** Opens a file, and nothing that a link leads to, nor a device, a pipe or a socket, which might never end. */
export async function openPlainFile(file: string): Promise<ReadableStream<Uint8Array>> {
  const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  if (!(await handle.stat()).isFile()) {
    await handle.close();
    throw new BaseModelError(`found no plain file at "${file}", wanted one`);
  }
  return handle.readableWebStream({ autoClose: true }) as ReadableStream<Uint8Array>;
}
