/** What people think of answers, by version. */
import type { FeedbackList } from "@millrace/contracts";
import { html } from "hono/html";
import { type Answer, valueOf } from "../ask.ts";
import { ghostBars } from "../charts/ghosts.ts";
import { counted, formatCount, formatShare } from "../format.ts";
import { card, empty, failing, type Html } from "../html.ts";

export function feedbackCard(answer: Answer<FeedbackList>, model: string | undefined, traceId: string): Html {
  if (answer.kind === "failed")
    return card(
      "feedback",
      "Feedback",
      failing(answer.failure, "Reload the page; if it stays, look at the log of monitor.", traceId),
    );
  const { versions = [], comments = [] } = valueOf(answer) ?? {};
  const given = versions.reduce((sum, { up, down }) => sum + up + down, 0);
  if (given === 0) {
    const sentence =
      "No answer was rated yet. Ratings come by POST /api/monitor/feedback, with the id and the model of an answer.";
    return card("feedback", "Feedback", empty(ghostBars(), sentence));
  }
  const up = versions.reduce((sum, version) => sum + version.up, 0);
  return card(
    "feedback",
    `${formatShare(up, given)} of ${counted(given, "rating")} are good`,
    html`<table>
        <thead>
          <tr>
            <th scope="col">Version</th>
            <th scope="col" class="number">Good</th>
            <th scope="col" class="number">Bad</th>
            <th scope="col" class="number">Share of good ones</th>
          </tr>
        </thead>
        <tbody>
          ${versions.map(
            (one) =>
              html`<tr>
                <th scope="row">v${one.version}</th>
                <td class="number">${formatCount(one.up)}</td>
                <td class="number">${formatCount(one.down)}</td>
                <td class="number">${formatShare(one.up, one.up + one.down)}</td>
              </tr>`,
          )}
        </tbody>
      </table>
      ${
        comments.length === 0
          ? ""
          : html`<details>
              <summary>${counted(comments.length, "comment")}</summary>
              <ul class="lines">
                ${comments.map(
                  ({ version, rating, comment, at }) =>
                    html`<li>
                      <p>${comment}</p>
                      <p class="muted">
                        ${rating > 0 ? "good" : "bad"}, of v${version}, <time datetime="${at}">${at.slice(0, 10)}</time>
                      </p>
                    </li>`,
                )}
              </ul>
            </details>`
      }`,
    model === undefined
      ? undefined
      : html`<a href="/monitor/feedback.csv?${new URLSearchParams({ model })}" download>CSV</a>`,
  );
}
