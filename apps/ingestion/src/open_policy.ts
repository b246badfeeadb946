import type { StageFailure } from "@millrace/contracts";
import { parsePolicy, POLICIES, type Policy, type PolicyName } from "@millrace/corpus";
import { parse } from "yaml";
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
    // Pretty errors quote the file.
    return parsePolicy(parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes), { prettyErrors: false }));
  } catch (error) {
    const message = `reading policy ${name}: ${error instanceof Error ? error.message : String(error)}`;
    return { code: "policy_invalid", message };
  }
}
