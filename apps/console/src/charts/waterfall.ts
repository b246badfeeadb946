import type { DropReport } from "@millrace/contracts";
import { html } from "hono/html";
import { formatBytes, formatCount, inWords } from "../format.ts";
import type { Html } from "../html.ts";

interface Bar {
  readonly part: string;
  readonly documents: number;
  readonly bytes: number;
  /** Where the bar begins, in bytes of those read. */
  readonly from: number;
}

/**
 * From what was read down to what is kept, a bar a reason, by bytes.
 * @param href Address of the documents of a part: a reason, `duplicates` or `kept`.
 * @param selected The part whose documents are shown.
 */
export function waterfall(report: DropReport, href: (part: string) => string, selected: string): Html {
  const bars = barsOf(report);
  const most = Math.max(1, report.bytes.read);
  return html`<table class="bars waterfall">
    <caption class="hidden">
      Documents and bytes from read to kept
    </caption>
    <tbody>
      ${bars.map(({ part, documents, bytes, from }) => {
        const isLoss = part !== "read" && part !== "kept";
        const name =
          part === "read" ? html`Read` : html`<a href="${href(part)}">${isLoss ? `− ${inWords(part)}` : "Kept"}</a>`;
        const [x, width] = [(1000 * from) / most, Math.max(1.5, (1000 * bytes) / most)];
        return html`<tr class="${isLoss ? "loss" : "own"}" ${part === selected ? html`aria-current="true"` : ""}>
          <th scope="row">${name}</th>
          <td class="bar">
            <svg viewBox="0 0 1000 12" preserveAspectRatio="none" aria-hidden="true">
              <rect x="${x.toFixed(1)}" width="${width.toFixed(1)}" height="12" />
            </svg>
          </td>
          <td class="number">${isLoss && bytes > 0 ? "−" : ""}${formatBytes(bytes)}</td>
          <td class="number muted">${formatCount(documents)}</td>
        </tr>`;
      })}
    </tbody>
  </table>`;
}

function barsOf({ read, kept, duplicates, dropped, bytes }: DropReport): Bar[] {
  const losses = [
    ...Object.keys(dropped)
      .map((part) => ({ part, documents: dropped[part] ?? 0, bytes: bytes.dropped[part] ?? 0 }))
      .sort((left, right) => right.bytes - left.bytes),
    { part: "duplicates", documents: duplicates, bytes: bytes.duplicates },
  ].filter(({ documents }) => documents > 0);
  let left = bytes.read;
  const placed = losses.map((loss) => {
    left = Math.max(0, left - loss.bytes);
    return { ...loss, from: left };
  });
  return [
    { part: "read", documents: read, bytes: bytes.read, from: 0 },
    ...placed,
    { part: "kept", documents: kept, bytes: bytes.kept, from: 0 },
  ];
}
