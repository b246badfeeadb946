import { randomBytes } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { newApiKey } from "@millrace/service";
import { z } from "zod";
import type { DataFolder } from "../data_folder/data_folder.ts";

const Secrets = z.strictObject({
  /** Proves services, trainer nodes and replicas to each other. */
  cluster: z.string().min(32),
  /** Key of the local user: as good as being able to read this file. */
  apiKey: z.string().startsWith("mr_"),
});
export type Secrets = z.infer<typeof Secrets>;

const FILE = "secrets.json";

/** Reads the secrets of a data folder, making them on first use; only the user who owns the folder can read them. */
export async function openSecrets(folder: DataFolder): Promise<Secrets> {
  const fresh: Secrets = { cluster: randomBytes(32).toString("hex"), apiKey: newApiKey() };
  try {
    await writeFile(folder.file(FILE), JSON.stringify(fresh), { mode: 0o600, flag: "wx" });
    return fresh;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    return readSecrets(folder.path);
  }
}

/** Reads the secrets that a folder's owner has made. */
export async function readSecrets(folderPath: string): Promise<Secrets> {
  return Secrets.parse(JSON.parse(await readFile(`${folderPath}/${FILE}`, "utf8")));
}
