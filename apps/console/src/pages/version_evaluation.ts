/** What an evaluation says beyond bits per byte: parts of the held-out text, and tasks. */
import { type Evaluation, scoreOf, type Slice, standardErrorOf, type TaskScore } from "@millrace/contracts";
import { html } from "hono/html";
import { counted, formatBytes, formatCount } from "../format.ts";
import { card, type Html } from "../html.ts";
import { scrollingTable } from "../table.ts";

/** Both cards; nothing where neither was measured. */
export function evaluationCards({ slices = [], tasks = [] }: Evaluation): Html {
  return html`${slices.length === 0 ? "" : slicesCard(slices)} ${tasks.length === 0 ? "" : tasksCard(tasks)}`;
}

/** How often the next token is right, in a sentence; empty for evaluations of before it was measured. */
export function tokenWords({ scores }: Evaluation): string {
  if (scores === undefined) return "";
  const { model, ngram } = scores;
  return `It has ${percent(model.accuracy)} of the next tokens right, counting ${percent(ngram.accuracy)}; its perplexity is ${figure(model.perplexity)} a token, that of counting ${figure(ngram.perplexity)}.`;
}

const KINDS: Readonly<Record<Slice["by"], string>> = {
  source: "By source",
  language: "By language",
  length: "By length",
};

function slicesCard(slices: readonly Slice[]): Html {
  const kinds = Object.keys(KINDS) as Slice["by"][];
  const most = Math.max(...slices.flatMap(({ model, ngram }) => [model.bitsPerByte, ngram.bitsPerByte]));
  return card(
    "slices",
    slicesFinding(slices),
    html`${kinds
        .filter((by) => slices.some((slice) => slice.by === by))
        .map((by) =>
          scrollingTable(
            { named: { as: KINDS[by] }, look: "slices" },
            [
              KINDS[by],
              { number: "Bits per byte" },
              { unseen: "As a bar" },
              { number: "Counting" },
              { number: "Next token right" },
              { number: "Documents" },
              { number: "Size" },
            ],
            slices.filter((slice) => slice.by === by).map((slice) => sliceRow(slice, most)),
          ),
        )}
      <p class="note muted">Of the held-out documents. Less bits are better; a bar is full at ${most.toFixed(2)}.</p>`,
  );
}

/** `Needs fewest bits for docs/, most for notes/`: of the kind that differs most. */
function slicesFinding(slices: readonly Slice[]): string {
  const named = slices.filter(({ name }) => name !== "others");
  const groups = Object.values(Object.groupBy(named, ({ by }) => by)).filter((group) => group.length > 1);
  const ends = groups.map((group) => {
    const sorted = group.toSorted((a, b) => a.model.bitsPerByte - b.model.bitsPerByte);
    return { least: sorted[0]!, most: sorted.at(-1)! };
  });
  const [widest] = ends.toSorted(
    (a, b) =>
      b.most.model.bitsPerByte - b.least.model.bitsPerByte - (a.most.model.bitsPerByte - a.least.model.bitsPerByte),
  );
  if (widest === undefined) return "Part by part";
  return `Needs fewest bits for ${inPlace(widest.least)}, most for ${inPlace(widest.most)}`;
}

const LANGUAGES = new Intl.DisplayNames("en", { type: "language" });

function nameOf({ by, name }: Slice): string {
  return by === "language" && /^[a-z]{2,3}$/.test(name) ? (LANGUAGES.of(name) ?? name) : name;
}

function inPlace(slice: Slice): string {
  return slice.by === "length" ? `documents of ${slice.name}` : nameOf(slice);
}

function sliceRow(slice: Slice, most: number): Html {
  const { documents, bytes, model, ngram } = slice;
  return html`<tr>
    <th scope="row">${nameOf(slice)}</th>
    <td class="number">${model.bitsPerByte.toFixed(3)}</td>
    <td><meter value="${model.bitsPerByte.toFixed(3)}" max="${most.toFixed(3)}" aria-hidden="true"></meter></td>
    <td class="number">${ngram.bitsPerByte.toFixed(3)}</td>
    <td class="number">${percent(model.accuracy)}</td>
    <td class="number">${formatCount(documents)}</td>
    <td class="number">${formatBytes(bytes)}</td>
  </tr>`;
}

function tasksCard(tasks: readonly TaskScore[]): Html {
  const above = tasks.filter(
    (task) => scoreOf(task) - (task.chance ?? 0) > 2 * (standardErrorOf(task) ?? Infinity),
  ).length;
  return card(
    "tasks",
    `${formatCount(above)} of ${counted(tasks.length, "task")} answered better than by guessing`,
    html`${scrollingTable(
        { named: { by: "tasks-title" } },
        ["Task", { number: "Score" }, { number: "Guessing" }, { number: "Without norming" }, { number: "Questions" }],
        tasks.map(
          (task) =>
            html`<tr>
              <th scope="row">
                ${task.name} <span class="muted">${task.kind === "cloze" ? "cloze" : "multiple choice"}</span>
              </th>
              <td class="number">${percent(scoreOf(task))} <span class="muted">${within(task)}</span></td>
              <td class="number">${task.chance === null ? "none" : percent(task.chance)}</td>
              <td class="number">${percent(task.accuracy)}</td>
              <td class="number">
                ${formatCount(task.examples)}${task.leftOut === 0 ? "" : html` <span class="muted">${formatCount(task.leftOut)} too long</span>`}
              </td>
            </tr>`,
        ),
      )}
      <p class="note muted">
        Judged by the likelihood of each answer; of multiple choice, a character of it. Better than guessing: by more
        than two standard errors.
      </p>`,
  );
}

function within(task: TaskScore): string {
  const error = standardErrorOf(task);
  return error === null ? "of one question" : `± ${percent(error)}`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function figure(value: number): string {
  return value >= 1e6 ? value.toExponential(1) : value.toPrecision(3);
}
