import type { StageFailure } from "@millrace/contracts";
import { parsePolicy, POLICIES, type Policy, type PolicyName } from "@millrace/corpus";
import { parseDocument } from "yaml";
import type { SourceFiles } from "./source_files.ts";

/** A policy names some dozens of bounds; whatever else a recipe names may be any file. */
const MOST_POLICY_BYTES = 256 * 1024;

/**
 * Finds the policy that a recipe names.
 * @param name A preset, or the absolute path of a YAML or JSON file.
 * @returns What is wrong with the file where it is no policy.
 */
export async function openPolicy(name: string, files: SourceFiles): Promise<Policy | StageFailure> {
  if (Object.hasOwn(POLICIES, name)) return POLICIES[name as PolicyName];
  const at = name.lastIndexOf("/");
  try {
    const bytes = await files.read(name.slice(0, at), name.slice(at + 1), MOST_POLICY_BYTES);
    return parsePolicy(yamlOf(new TextDecoder("utf-8", { fatal: true }).decode(bytes)));
  } catch (error) {
    const message = `reading policy ${name}: ${error instanceof Error ? error.message : String(error)}`;
    return { code: "policy_invalid", message };
  }
}

/** Its own messages quote the file, which may be any. */
function yamlOf(text: string): unknown {
  const document = parseDocument(text, { prettyErrors: false, logLevel: "silent" });
  const [first] = document.errors;
  if (first) throw new TypeError(`it is not YAML: ${first.code} at character ${first.pos[0] + 1}`);
  try {
    return document.toJS();
  } catch {
    throw new TypeError("it is not YAML: its aliases cannot be followed");
  }
}
