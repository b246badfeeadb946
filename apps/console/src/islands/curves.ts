/** Puts a chart with a cursor in place of each drawn curve, of the same size, and keeps it up to date. Colours are those of the drawing. */
import uPlot from "uplot";
import { columnsOf, type Curve, type Line, linesOf, valueAt } from "./curve_lines.ts";

const HEIGHT = 300;

const followed = new WeakSet<HTMLElement>();

followNew();
document.addEventListener("millrace:refreshed", followNew);

/** A page that is open when training begins gets its curve later. */
function followNew(): void {
  for (const host of document.querySelectorAll<HTMLElement>("[data-curve]")) {
    if (!followed.has(host)) void follow(host);
    followed.add(host);
  }
}

async function follow(host: HTMLElement): Promise<void> {
  let curve = await read(host);
  if (curve === undefined) return;
  let lines = linesOf(curve);
  const chart = draw(host, lines, () => curve?.references ?? []);
  document.addEventListener("millrace:refreshed", () => {
    void read(host).then((fresh) => {
      if (fresh === undefined) return;
      [curve, lines] = [fresh, linesOf(fresh)];
      chart.setData(columnsOf(lines) as uPlot.AlignedData);
    });
  });
  new ResizeObserver(() => chart.setSize({ width: host.clientWidth, height: HEIGHT })).observe(host);
}

/** Undefined when it cannot be read: the drawing stays. */
async function read(host: HTMLElement): Promise<Curve | undefined> {
  const response = await fetch(host.dataset["curve"] ?? "").catch(() => undefined);
  return response?.ok ? ((await response.json()) as Curve) : undefined;
}

/** @param references Asked at each drawing: they come when the run is evaluated. */
function draw(host: HTMLElement, lines: readonly Line[], references: () => Curve["references"]): uPlot {
  const stroke = (path: string): string => {
    const drawn = host.querySelector(path);
    return drawn ? getComputedStyle(drawn).stroke : getComputedStyle(host).color;
  };
  const colors = lines.map(({ path }) => stroke(path));
  const reference = stroke("path.reference");
  const isCompared = lines.length > 2;
  const { color: text, borderColor: line } = getComputedStyle(host);
  const steps = Number(host.dataset["steps"]);
  const font = `12px ${getComputedStyle(document.body).fontFamily}`;
  const axis: uPlot.Axis = { stroke: text, font, grid: { stroke: line, width: 1 }, ticks: { show: false } };
  host.replaceChildren();
  return new uPlot(
    {
      width: host.clientWidth,
      height: HEIGHT,
      legend: { show: false },
      padding: [null, isCompared ? labelSpace(host) : null, null, null],
      scales: {
        x: { time: false, range: [0, steps] },
        y: {
          range: (_, least, most) => {
            const losses = references().map(({ loss }) => loss);
            return uPlot.rangeNum(Math.min(least, ...losses), Math.max(most, ...losses), 0.05, true);
          },
        },
      },
      axes: [
        { ...axis, values: (_, splits) => splits.map((step) => step.toLocaleString("en-US")) },
        { ...axis, size: 40, values: (_, splits) => splits.map((loss) => loss.toFixed(1)) },
      ],
      series: [
        {},
        ...lines.map(({ isValidation }, index): uPlot.Series => ({
          stroke: colors[index] as string,
          width: isValidation ? 2.5 : 1,
          alpha: isValidation ? 1 : isCompared ? 0.35 : 0.65,
          spanGaps: true,
          points: { show: false },
        })),
      ],
      cursor: { y: false, drag: { x: true, y: false }, points: { size: 7 } },
      hooks: {
        draw: [
          (own) => drawReferences(own, references(), reference, font),
          (own) => drawLabels(own, lines, colors, font),
        ],
        setCursor: [(own) => tell(host, own, lines)],
      },
    },
    columnsOf(lines) as uPlot.AlignedData,
    host,
  );
}

/** Room for names at the right ends; a phone has none, and the legend names the lines. */
function labelSpace(host: HTMLElement): number {
  return host.clientWidth < 560 ? 8 : 104;
}

/** The name of each line at its right end, pushed apart where lines end close together. */
function drawLabels(chart: uPlot, lines: readonly Line[], colors: readonly string[], font: string): void {
  if (labelSpace(chart.root) < 100) return;
  const { ctx, bbox } = chart;
  const height = 14 * devicePixelRatio;
  const ends = lines
    .flatMap(({ label, values }, index) => {
      const last = [...values].at(-1);
      if (label === "" || last === undefined) return [];
      return [{ label, color: colors[index] ?? "", y: chart.valToPos(last[1], "y", true) }];
    })
    .sort((left, right) => left.y - right.y);
  let free = -Infinity;
  ctx.save();
  ctx.font = font.replace("12px", `${12 * devicePixelRatio}px`);
  ctx.textAlign = "left";
  ctx.textBaseline = "middle";
  for (const { label, color, y } of ends) {
    free = Math.max(y, free);
    ctx.fillStyle = color;
    ctx.fillText(label, bbox.left + bbox.width + 6 * devicePixelRatio, free);
    free += height;
  }
  ctx.restore();
}

/** Dashed levels with their names at the right end. */
function drawReferences(chart: uPlot, references: Curve["references"], color: string, font: string): void {
  const { ctx, bbox } = chart;
  ctx.save();
  ctx.font = font.replace("12px", `${12 * devicePixelRatio}px`);
  ctx.fillStyle = color;
  ctx.strokeStyle = color;
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash([4 * devicePixelRatio, 4 * devicePixelRatio]);
  ctx.textAlign = "right";
  ctx.textBaseline = "bottom";
  for (const { name, loss } of references) {
    const y = Math.round(chart.valToPos(loss, "y", true));
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
    ctx.fillText(name, bbox.left + bbox.width - 4, y - 2 * devicePixelRatio);
  }
  ctx.restore();
}

/** Values below the cursor, in the legend. */
function tell(host: HTMLElement, chart: uPlot, lines: readonly Line[]): void {
  const { idx } = chart.cursor;
  const places = [...(host.nextElementSibling?.querySelectorAll<HTMLElement>("[data-value]") ?? [])];
  const put = (name: string, value: string): void => {
    const place = places.find(({ dataset }) => dataset["value"] === name);
    if (place) place.textContent = value;
  };
  for (const [index, { place }] of lines.entries()) {
    if (place === "") continue;
    const value = idx == null ? undefined : valueAt(chart.data[index + 1] ?? [], idx);
    put(place, value?.toFixed(3) ?? "");
  }
  put("step", idx == null ? "" : `step ${chart.data[0][idx]?.toLocaleString("en-US")}`);
}
