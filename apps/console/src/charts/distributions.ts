/** Two distributions over the same bins: the corpus as an outline, prompts as bars. */
import { html } from "hono/html";
import { formatShare } from "../format.ts";
import type { Html } from "../html.ts";

export interface Distributions {
  readonly name: string;
  readonly bins: readonly string[];
  /** Counts by bin. */
  readonly corpus: readonly number[];
  readonly prompts: readonly number[];
}

const HEIGHT = 96;

export function distributions({ name, bins, corpus, prompts }: Distributions): Html {
  const [first, last] = shownBins(corpus, prompts);
  const width = last - first + 1;
  const share = (counts: readonly number[]): number[] => {
    const all = counts.reduce((sum, count) => sum + count, 0);
    return counts.slice(first, last + 1).map((count) => (all === 0 ? 0 : count / all));
  };
  const [ofCorpus, ofPrompts] = [share(corpus), share(prompts)];
  const most = Math.max(...ofCorpus, ...ofPrompts, 0.01);
  const top = (value: number): number => HEIGHT * (1 - value / most);
  const outline = ofCorpus.map((value, bin) => `L${bin} ${top(value).toFixed(1)}H${bin + 1}`).join("");
  return html`<svg
      class="distributions"
      viewBox="0 0 ${width} ${HEIGHT}"
      preserveAspectRatio="none"
      role="img"
      aria-label="${name}: documents of the corpus beside prompts; the table below has the shares"
    >
      ${ofPrompts.map(
        (value, bin) =>
          html`<rect
            x="${bin + 0.12}"
            y="${top(value).toFixed(1)}"
            width="0.76"
            height="${(HEIGHT - top(value)).toFixed(1)}"
          />`,
      )}
      <path d="M0 ${HEIGHT}${outline}V${HEIGHT}" />
    </svg>
    <p class="ends"><span>${bins[first]}</span><span>${bins[last]}</span></p>
    <details class="as-table">
      <summary>View as table</summary>
      <table>
        <thead>
          <tr>
            <th scope="col">${name}</th>
            <th scope="col" class="number">Corpus</th>
            <th scope="col" class="number">Prompts</th>
          </tr>
        </thead>
        <tbody>
          ${ofCorpus.map(
            (_, bin) =>
              html`<tr>
                <th scope="row">${bins[first + bin]}</th>
                <td class="number">${formatShare(ofCorpus[bin] ?? 0, 1)}</td>
                <td class="number">${formatShare(ofPrompts[bin] ?? 0, 1)}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </details>`;
}

/** From the first to the last bin that either side has something of. */
function shownBins(corpus: readonly number[], prompts: readonly number[]): [number, number] {
  const used = corpus.map((count, bin) => count + (prompts[bin] ?? 0) > 0);
  const first = used.indexOf(true);
  return first < 0 ? [0, Math.max(0, corpus.length - 1)] : [first, used.lastIndexOf(true)];
}
