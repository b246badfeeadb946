/** Which node has which stage of the model, and how long it waits for the others. */
import { leastWaiting, type NodeActivity, type StageActivity } from "@millrace/contracts";
import { html } from "hono/html";
import { formatShare } from "../format.ts";
import type { Html } from "../html.ts";

/**
 * A table of the nodes by their stages; nothing where each node has the whole model.
 * @param activity Of all nodes, in the order of steps.
 */
export function stages(activity: readonly NodeActivity[]): Html | "" {
  const rows = [...Map.groupBy(activity, ({ node }) => node)]
    .flatMap(([node, own]) => {
      const { stage } = own.at(-1)!;
      return stage === undefined ? [] : [{ node, stage, waited: waitedShare(own) }];
    })
    .sort((one, other) => one.stage.index - other.stage.index || (one.node < other.node ? -1 : 1));
  if (rows.length === 0) return "";
  return html`<table class="stages">
      <thead>
        <tr>
          <th scope="col">Node</th>
          <th scope="col">Stage</th>
          <th scope="col" class="number">Waited</th>
          <th scope="col" class="number">At least</th>
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          ({ node, stage, waited }) =>
            html`<tr>
              <th scope="row">${node}</th>
              <td>${stage.index + 1} of ${stage.of}: ${partOf(stage)}</td>
              <td class="number">${formatShare(waited, 1)}</td>
              <td class="number">${formatShare(leastWaiting(stage), 1)}</td>
            </tr>`,
        )}
      </tbody>
    </table>
    <p class="muted">
      Waited: share of the steps' time in which a node had nothing to compute. At least: while a pipeline of
      ${rows[0]!.stage.of} equal stages fills and empties with ${rows[0]!.stage.leaves} micro-batches a step.
    </p>`;
}

/** Share of the time of its steps that a node waited for other stages. */
function waitedShare(activity: readonly NodeActivity[]): number {
  const add = (pick: (one: NodeActivity) => number): number => activity.reduce((total, one) => total + pick(one), 0);
  const spentMs = add(({ computeMs, exchangeMs }) => computeMs + exchangeMs);
  return spentMs === 0 ? 0 : add(({ stage }) => stage?.waitMs ?? 0) / spentMs;
}

/** Counted from 1, as people count layers. */
export function layersOf({ layers: { start, end } }: StageActivity): string {
  if (start === end) return "";
  return end - start === 1 ? `${end}` : `${start + 1}-${end}`;
}

function partOf(stage: StageActivity): string {
  const layers = layersOf(stage);
  const blocks = layers === "" ? [] : [`${layers.includes("-") ? "layers" : "layer"} ${layers}`];
  return [...(stage.index === 0 ? ["embedding", "head"] : []), ...blocks].join(", ");
}
