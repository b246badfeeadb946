import type { RunView, VersionView } from "@millrace/contracts";
import { isFinal } from "@millrace/contracts";
import { sentenceOf } from "./run_state.ts";
import { versionAddress } from "./version_address.ts";

/** Something that happened, for people. */
export interface Change {
  readonly sentence: string;
  readonly href: string;
  readonly at: string;
}

/** What changed lately, newest first, as sentences. */
export function changesOf(runs: readonly RunView[], versions: readonly VersionView[]): Change[] {
  const ofRuns = runs.map((run) => ({
    sentence: isFinal(run.state) ? sentenceOf(run) : `${run.name} was started`,
    href: `/runs/${run.id}`,
    at: isFinal(run.state) ? run.updatedAt : run.createdAt,
  }));
  const ofVersions = versions.map(({ model, version, evaluation, createdAt }) => ({
    sentence: `${model} v${version} was registered: ${evaluation.verdict}`,
    href: versionAddress(model, version),
    at: createdAt,
  }));
  return [...ofRuns, ...ofVersions].sort((left, right) => Date.parse(right.at) - Date.parse(left.at));
}
