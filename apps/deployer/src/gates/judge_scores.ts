import { type Evaluation, type Gate, type LeastScores, NEXT_TOKEN_ACCURACY, scoreOf } from "@millrace/contracts";

/**
 * Judges what a version reached in its evaluation against the least that its recipe allows.
 * @param least By task, and `next_token_accuracy`. What was not measured has failed: nobody knows that it is enough.
 */
export function judgeScores(evaluation: Evaluation | undefined, least: LeastScores): readonly Gate[] {
  return Object.entries(least).map(([name, limit]): Gate => {
    const { value, detail } = name === NEXT_TOKEN_ACCURACY ? nextToken(evaluation) : taskOf(evaluation, name);
    return {
      name: name === NEXT_TOKEN_ACCURACY ? "next_token_accuracy" : "task_score",
      state: value !== null && value >= limit ? "passed" : "failed",
      value,
      limit,
      unit: "share",
      detail,
    };
  });
}

interface Found {
  readonly value: number | null;
  readonly detail: string;
}

function nextToken(evaluation: Evaluation | undefined): Found {
  const { scores, tokens = 0 } = evaluation ?? {};
  if (scores === undefined) return { value: null, detail: "the evaluation did not measure it" };
  const counting = scores.ngram.accuracy.toFixed(3);
  const detail = `tokens of validation text that were the likeliest, of ${tokens.toLocaleString("en-US")}; counting reaches ${counting}`;
  return { value: scores.model.accuracy, detail };
}

function taskOf(evaluation: Evaluation | undefined, name: string): Found {
  const task = evaluation?.tasks?.find((one) => one.name === name);
  if (task === undefined) return { value: null, detail: `${name}: the evaluation did not ask it` };
  const { kind, examples, chance } = task;
  const what = kind === "cloze" ? "clozes filled in" : "questions answered by likelihood a character";
  const guessing = chance === null ? "" : `; guessing reaches ${chance.toFixed(3)}`;
  return { value: scoreOf(task), detail: `${name}: ${what}, of ${examples.toLocaleString("en-US")}${guessing}` };
}
