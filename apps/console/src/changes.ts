import type { DeploymentView, RuleFiring, RunView, VersionView } from "@millrace/contracts";
import { isFinal } from "@millrace/contracts";
import { sentenceOf } from "./run_state.ts";
import { versionAddress } from "./version_address.ts";

/** Something that happened, for people. */
export interface Change {
  readonly sentence: string;
  readonly href: string;
  readonly at: string;
}

/** What is known of the past. */
export interface Past {
  readonly runs: readonly RunView[];
  readonly versions: readonly VersionView[];
  readonly deployments: readonly DeploymentView[];
  readonly firings: readonly RuleFiring[];
}

/** What changed lately, newest first, as sentences. */
export function changesOf({ runs, versions, deployments, firings }: Past): Change[] {
  return [
    ...runs.map(ofRun),
    ...versions.map(ofVersion),
    ...deployments.flatMap(ofDeployment),
    ...firings.filter(({ outcome }) => outcome === "done").map(ofFiring),
  ].sort((left, right) => Date.parse(right.at) - Date.parse(left.at));
}

function ofRun(run: RunView): Change {
  const hasEnded = isFinal(run.state);
  return {
    sentence: hasEnded ? sentenceOf(run) : `${run.name} was started`,
    href: `/runs/${run.id}`,
    at: hasEnded ? run.updatedAt : run.createdAt,
  };
}

function ofVersion({ model, version, evaluation, createdAt }: VersionView): Change {
  return {
    sentence: `${model} v${version} was registered: ${evaluation.verdict}`,
    href: versionAddress(model, version),
    at: createdAt,
  };
}

/** Steps of a roll-out that are news; the others are the way to them. */
function ofDeployment({ model, version, canary, stable, error, steps }: DeploymentView): Change[] {
  const name = `${model} v${version}`;
  const why = error === null ? "" : `: ${error}`;
  const sentences: Readonly<Record<string, string>> = {
    canary: `${name} began to be tried with ${canary?.percent ?? 0} % of the traffic`,
    awaiting_approval: `${name} waits for somebody to approve it`,
    live: `${name} got all traffic${stable === null ? "" : `, v${stable} had it before`}`,
    rolled_back: `${name} was rolled back${why}`,
    failed: `${name} could not be deployed${why}`,
  };
  return steps.flatMap(({ state, at }) => {
    const sentence = sentences[state];
    return sentence === undefined ? [] : [{ sentence, href: `/deployments?${new URLSearchParams({ model })}`, at }];
  });
}

function ofFiring({ ruleId, action, model, version, at }: RuleFiring): Change {
  const name = `${model} v${version}`;
  const sentences: Readonly<Record<RuleFiring["action"], string>> = {
    start_rollout: `The roll-out of ${name} was started`,
    promote: `${name} was promoted`,
    abort: `${name} was taken back`,
    retrain: `${model} began to be trained anew`,
    start_run: `A run was started after ${name}`,
  };
  return { sentence: `${sentences[action]} by rule ${ruleId}`, href: versionAddress(model, version), at };
}
