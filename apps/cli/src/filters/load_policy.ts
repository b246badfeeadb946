/** Policies by name, or from a file. */
import { readFile } from "node:fs/promises";
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
    return parsePolicy(parse(await readFile(nameOrFile, "utf8")));
  } catch (error) {
    const known = Object.keys(POLICIES).join(", ");
    throw new UsageError(`${asked} ${nameOrFile}: expected ${known} or a policy file: ${messageOf(error)}`);
  }
}
