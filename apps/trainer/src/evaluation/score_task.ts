/**
 * Asks a model questions as lm-evaluation-harness does: each continuation is judged by its likelihood after the context, and no text is
 * generated. Of multiple choice the likeliest continuation is the answer; `acc_norm` divides the log-likelihoods by the characters of
 * the choices, so that short ones have no advantage. A cloze is answered where each token of the target is the likeliest.
 *
 * Two things differ: the end-of-text token stands before every context, as it does before every document of the training, and stays
 * where a context is cut from its beginning; and no space is added where context or continuation bring one.
 *
 * @see Gao et al., "The language model evaluation harness" (EleutherAI/lm-evaluation-harness), `loglikelihood` and `acc_norm`.
 */
import { parseQuestions, type Question, type TaskScore } from "@millrace/contracts";
import type { Executor } from "@millrace/execution";
import type { Tokenizer } from "@millrace/tokenizer";
import type { AskedTask, MeasuredModel, Tokens } from "./measure.ts";
import { perplexityOf } from "./perplexity.ts";
import { scoreWindows } from "./score_windows.ts";

/** A continuation as the model sees it. */
interface Asked {
  /** The end-of-text token, as much of the context as fits, the continuation. */
  readonly tokens: readonly number[];
  /** Tokens of the continuation, at the end. */
  readonly length: number;
}

/** What the model makes of a continuation. */
interface Judged {
  readonly nats: number;
  readonly isLikeliest: boolean;
}

/** Asks all questions of a task. */
export async function scoreTask(
  executor: Executor,
  { config, endOfText, model }: MeasuredModel,
  tokenizer: Pick<Tokenizer, "encode">,
  { name, kind, questions: file }: AskedTask,
  concurrency: number,
): Promise<TaskScore> {
  const all = parseQuestions(kind, file).map((question) => ({
    question,
    asked: question.continuations.map((continuation) =>
      askedOf(tokenizer, question.context, continuation, endOfText, config.contextLength),
    ),
  }));
  const fitting = all.filter(({ asked }) => asked.every(({ length }) => length <= config.contextLength));
  const judged = await judge(
    executor,
    { config, endOfText, model },
    fitting.flatMap(({ asked }) => asked),
    concurrency,
  );
  let at = 0;
  const answers = fitting.map(({ question }): Answer => {
    const own = judged.slice(at, (at += question.continuations.length));
    return kind === "cloze" ? clozeAnswer(own[0]!) : choiceAnswer(question, own);
  });
  const mean = (of: (answer: Answer) => number): number =>
    answers.reduce((sum, answer) => sum + of(answer), 0) / Math.max(1, answers.length);
  const isChoice = kind === "multiple_choice";
  const accuracy = mean(({ isRight }) => Number(isRight));
  const normalised = mean(({ isRightNormalised }) => Number(isRightNormalised));
  return {
    name,
    kind,
    examples: answers.length,
    leftOut: all.length - answers.length,
    accuracy,
    accuracyNormalised: isChoice ? normalised : null,
    standardError: standardErrorOf(isChoice ? normalised : accuracy, answers.length),
    chance: isChoice ? mean(({ chance }) => chance) : null,
    perplexity: isChoice ? null : perplexityOf(mean(({ nats }) => nats)),
  };
}

interface Answer {
  readonly isRight: boolean;
  readonly isRightNormalised: boolean;
  readonly chance: number;
  readonly nats: number;
}

function choiceAnswer({ continuations, gold }: Question, judged: readonly Judged[]): Answer {
  const nats = judged.map((each) => each.nats);
  const normalised = nats.map((each, choice) => each / continuations[choice]!.length);
  const isLeast = (values: readonly number[]): boolean => values.indexOf(Math.min(...values)) === gold;
  return {
    isRight: isLeast(nats),
    isRightNormalised: isLeast(normalised),
    chance: 1 / continuations.length,
    nats: nats[gold]!,
  };
}

function clozeAnswer({ nats, isLikeliest }: Judged): Answer {
  return { isRight: isLikeliest, isRightNormalised: isLikeliest, chance: 0, nats };
}

/** Of a share of n independent answers, as the harness gives it: the sample's deviation over the root of n. */
function standardErrorOf(share: number, count: number): number {
  return count < 2 ? 0 : Math.sqrt((share * (1 - share)) / (count - 1));
}

/** White space at the end of a context belongs to what follows: tokenizers join it to the next word. */
function askedOf(
  tokenizer: Pick<Tokenizer, "encode">,
  context: string,
  continuation: string,
  endOfText: number,
  contextLength: number,
): Asked {
  const before = context.trimEnd();
  const space = context.slice(before.length);
  const between = space !== "" || before === "" || /^\s/.test(continuation) ? space : " ";
  const [given, whole] = [tokenizer.encode(before), tokenizer.encode(before + between + continuation)];
  const tokens = Array.from(whole);
  return {
    tokens: [endOfText, ...tokens.slice(-contextLength)],
    length: Math.max(1, tokens.length - given.length),
  };
}

/** What the model makes of each continuation, in their order. */
async function judge(
  executor: Executor,
  { config, model }: MeasuredModel,
  asked: readonly Asked[],
  concurrency: number,
): Promise<Judged[]> {
  const size = asked.reduce((sum, { tokens }) => sum + tokens.length, 0);
  const stream: Tokens = new Uint32Array(size);
  let end = 0;
  const places = asked.map(({ tokens, length }) => {
    const start = end;
    stream.set(tokens, start);
    end += tokens.length;
    return { window: { start, length: tokens.length - 1 }, from: end - length, to: end };
  });
  const request = { config, model, concurrency };
  const { nats, ranks } = await scoreWindows(
    executor,
    request,
    stream,
    places.map(({ window }) => window),
  );
  return places.map(({ from, to }) => ({
    nats: nats.subarray(from, to).reduce((sum, each) => sum + each, 0),
    isLikeliest: ranks.subarray(from, to).every((rank) => rank === 1),
  }));
}
