/** Policies by name, or from a file. */
import { constants, open } from "node:fs/promises";
import { parsePolicy, POLICIES, type Policy, type PolicyName } from "@millrace/corpus";
import { parse } from "yaml";
import { UsageError } from "../usage_error.ts";
import { messageOf } from "./read_records.ts";

/**
 * Gives a policy.
 * @param nameOrFile A name in `POLICIES`, or the path of a YAML or JSON file.
 * @param asked Who asks, for messages, such as `corpus.policy`.
 * @throws {UsageError} If it is neither, or the file holds no policy.
 */
export async function loadPolicy(nameOrFile: string, asked: string): Promise<Policy> {
  if (Object.hasOwn(POLICIES, nameOrFile)) return POLICIES[nameOrFile as PolicyName];
  try {
    return parsePolicy(parse(await readPlainFile(nameOrFile)));
  } catch (error) {
    const known = Object.keys(POLICIES).join(", ");
    throw new UsageError(`${asked} ${nameOrFile}: expected ${known} or a policy file: ${messageOf(error)}`);
  }
}

/** A policy names some dozens of bounds. */
const MOST_BYTES = 256 * 1024;

/** A pipe would be waited for until somebody writes, and a device may never end. */
async function readPlainFile(path: string): Promise<string> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const found = await handle.stat();
    if (!found.isFile()) throw new Error("found no plain file, wanted one");
    if (found.size > MOST_BYTES) throw new Error(`found ${found.size} bytes, wanted at most ${MOST_BYTES}`);
    return await handle.readFile("utf8");
  } finally {
    await handle.close();
  }
}
