import { readFile } from "node:fs/promises";
import { z } from "zod";

const Secrets = z.strictObject({
  /** Proves services, trainer nodes and replicas to each other. */
  cluster: z.string().min(32),
  /** Key of the local user: as good as being able to read this file. */
  apiKey: z.string().startsWith("mr_"),
});
export type Secrets = z.infer<typeof Secrets>;

export const SECRETS_FILE = "secrets.json";

/** Reads the secrets that a folder's owner has made. */
export async function readSecrets(folderPath: string): Promise<Secrets> {
  return Secrets.parse(JSON.parse(await readFile(`${folderPath}/${SECRETS_FILE}`, "utf8")));
}
