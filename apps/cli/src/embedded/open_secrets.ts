import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { newApiKey } from "@millrace/service";
import type { DataFolder } from "../data_folder/data_folder.ts";
import { readSecrets, type Secrets, SECRETS_FILE } from "./secrets.ts";

/** Reads the secrets of a data folder, making them on first use; only the user who owns the folder can read them. */
export async function openSecrets(folder: DataFolder): Promise<Secrets> {
  const fresh: Secrets = { cluster: randomBytes(32).toString("hex"), apiKey: newApiKey() };
  try {
    await writeFile(folder.file(SECRETS_FILE), JSON.stringify(fresh), { mode: 0o600, flag: "wx" });
    return fresh;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    return readSecrets(folder.path);
  }
}
