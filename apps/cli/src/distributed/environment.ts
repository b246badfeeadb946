import { readFile } from "node:fs/promises";
import { UsageError } from "../usage_error.ts";

/**
 * Reads variables that are given as they are, or as `<NAME>_FILE`, the path of a file that holds the value, as secrets are.
 * @returns Those that are set; an empty one counts as absent, and white space around a value is dropped.
 * @throws {UsageError} If a variable is given both ways, or its file cannot be read.
 */
export async function readEnvironment(
  names: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const name of names) {
    const [given, file] = [environment[name]?.trim(), environment[`${name}_FILE`]?.trim()];
    if (given && file) throw new UsageError(`${name}: found both ${name} and ${name}_FILE, wanted one of them`);
    const value = file ? await contentOf(`${name}_FILE`, file) : given;
    if (value) found[name] = value;
  }
  return found;
}

async function contentOf(name: string, file: string): Promise<string> {
  try {
    return (await readFile(file, "utf8")).trim();
  } catch (error) {
    throw new UsageError(`${name}: reading ${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
