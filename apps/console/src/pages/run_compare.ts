/** Up to six training runs compared: curves over each other, what they reached, and the settings in which they differ. */
import type { RunView } from "@millrace/contracts";
import { html } from "hono/html";
import { comparedCurves } from "../charts/compared_curves.ts";
import { counted, formatCount, formatAgo } from "../format.ts";
import { badge, card, type Html } from "../html.ts";
import { COLORS } from "../run_colors.ts";
import { bestOf, comparisonFinding, type ComparedRun, differingColumns, shareTokens } from "../run_comparison.ts";
import { toneOf } from "../run_state.ts";
import { scrollingTable } from "../table.ts";

export interface Comparison {
  /** The page's own run first. */
  readonly runs: readonly ComparedRun[];
  /** Runs that were asked for and are not shown, each with the reason. */
  readonly leftOut: readonly { readonly id: string; readonly why: string }[];
}

/** Address of a comparison: `/runs/a/training?with=b,c`. */
export function comparisonAddress(runId: string, others: readonly string[], file = ""): string {
  const query = others.length === 0 ? "" : `?with=${others.map(encodeURIComponent).join(",")}`;
  return `/runs/${encodeURIComponent(runId)}/training${file}${query}`;
}

export function comparisonCards(runId: string, { runs, leftOut }: Comparison): Html {
  const others = runs.map(({ run }) => run.id).filter((id) => id !== runId);
  const words = shareTokens(runs)
    ? ""
    : html`<p class="why">
        ${badge("warn", "Different tokens")} Nats a token do not compare between these runs; bits a byte do.
      </p>`;
  const exports = html`<a href="${comparisonAddress(runId, others, ".csv")}" download>CSV</a>`;
  return html`${leftOut.map(({ id, why }) => html`<p class="why">${badge("warn", "Not shown")} <code>${id}</code> ${why}</p>`)}
  ${card("curve", comparisonFinding(runs), html`${comparedCurves(runs, comparisonAddress(runId, others, ".json"))}${words}`, exports)}
  ${card("differences", differencesTitle(runs), table(runId, runs))}`;
}

function differencesTitle(runs: readonly ComparedRun[]): string {
  const { length } = differingColumns(runs);
  return length === 0
    ? "These runs have the same settings"
    : `${counted(length, "setting")} ${length === 1 ? "differs" : "differ"}`;
}

function table(runId: string, runs: readonly ComparedRun[]): Html {
  const columns = differingColumns(runs);
  const ids = runs.map(({ run }) => run.id);
  return scrollingTable(
    { named: { by: "differences-title" }, look: "compared-runs" },
    [
      "Run",
      { number: "Best validation, nats a token" },
      { number: "At step" },
      { number: "Bits a byte" },
      ...columns.map(({ key }) => ({ cell: html`<th scope="col"><code>${key}</code></th>` })),
      { cell: html`<td></td>` },
    ],
    runs.map(({ run, color, training, bitsPerByte }, index) => {
      const best = bestOf(training);
      return html`<tr>
        <th scope="row">
          <span class="swatch series-${color}" aria-hidden="true"></span>
          <a href="/runs/${run.id}/training">${run.name} <code>${run.id}</code></a>
        </th>
        <td class="number">${best?.validationLoss?.toFixed(3) ?? "not yet"}</td>
        <td class="number">${best === undefined ? "" : formatCount(best.step)}</td>
        <td class="number">${bitsPerByte?.toFixed(2) ?? "not yet"}</td>
        ${columns.map(({ values }) => html`<td class="setting">${values[index]}</td>`)}
        <td class="number">
          ${
            run.id === runId
              ? ""
              : html`<a
                  href="${comparisonAddress(
                    runId,
                    ids.filter((id) => id !== run.id && id !== runId),
                  )}"
                  >Remove<span class="hidden"> ${run.id}</span></a
                >`
          }
        </td>
      </tr>`;
    }),
  );
}

/** Boxes to tick: it is a form that asks for the same page. @param others Runs that have begun to train, newest first. */
export function picker(runId: string, others: readonly RunView[], chosen: readonly string[], nowMs: number): Html {
  if (others.length === 0) {
    return card(
      "compare",
      "Compare",
      html`<p class="muted">A second run that trained can be compared with this one.</p>`,
    );
  }
  return card(
    "compare",
    `Compare with up to ${COLORS - 1} other runs`,
    html`<form class="picker" action="/runs/${runId}/training">
      <fieldset>
        <legend class="hidden">Runs to compare with</legend>
        ${others.map(
          (run) =>
            html`<label>
              <input type="checkbox" name="with" value="${run.id}" ${chosen.includes(run.id) ? html`checked` : ""} />
              <span><b>${run.name}</b> <code>${run.id}</code></span>
              ${badge(toneOf(run.state), run.state)}
              <span class="muted">${formatAgo(run.createdAt, nowMs)}</span>
            </label>`,
        )}
      </fieldset>
      <button>Compare</button>
    </form>`,
  );
}
