/** Puts charts with one cursor in place of the drawn ones, of the same size, and keeps them up to date. Colours are those of the page. */
import uPlot from "uplot";
import type { Band, Mark, TimeChart, TimeLine, Timelines } from "../timelines.ts";

const HEIGHT = 200;

interface Drawn {
  readonly host: HTMLElement;
  readonly plot: uPlot;
  /** Which lines it was made with. */
  readonly names: string;
}
let drawn: Drawn[] = [];
let times: Timelines | undefined;

void refresh();
document.addEventListener("millrace:refreshed", () => void refresh());

async function refresh(): Promise<void> {
  const hosts = [...document.querySelectorAll<HTMLElement>("[data-timeline]")];
  const address = hosts[0]?.dataset["timeline"];
  if (address === undefined) return;
  const response = await fetch(address).catch(() => undefined);
  // What cannot be read stays as it was drawn.
  if (!response?.ok) return;
  times = (await response.json()) as Timelines;
  for (const host of hosts) {
    const chart = chartOf(host);
    if (chart) show(host, chart, times);
  }
}

function chartOf(host: HTMLElement): TimeChart | undefined {
  return times?.charts.find(({ id }) => id === host.dataset["chart"]);
}

function show(host: HTMLElement, chart: TimeChart, { from, to }: Timelines): void {
  const names = chart.lines.map(({ name }) => name).join();
  const known = drawn.find((one) => one.host === host);
  if (known?.names === names) {
    known.plot.setData(columnsOf(chart), false);
    known.plot.batch(() => {
      known.plot.setScale("x", { min: from / 1000, max: to / 1000 });
    });
    return;
  }
  // A version more, or the first time: another chart.
  known?.plot.destroy();
  drawn = [...drawn.filter((one) => one !== known), { host, plot: draw(host, chart), names }];
}

function columnsOf({ lines }: TimeChart): uPlot.AlignedData {
  const { from = 0, stepMs = 1 } = times ?? {};
  const length = lines[0]?.values.length ?? 0;
  const at = Array.from({ length }, (_, step) => (from + step * stepMs) / 1000);
  return [at, ...lines.map(({ values }) => [...values])];
}

function draw(host: HTMLElement, { lines, unit }: TimeChart): uPlot {
  const { color: text, borderColor: grid, fontFamily } = getComputedStyle(host);
  const font = `12px ${fontFamily}`;
  const axis: uPlot.Axis = { stroke: text, font, grid: { stroke: grid, width: 1 }, ticks: { show: false } };
  const least = unit === "%" ? 5 : unit === "ms" ? 10 : 1;
  host.replaceChildren();
  const plot = new uPlot(
    {
      width: host.clientWidth,
      height: HEIGHT,
      legend: { show: false },
      padding: [8, 24, 0, 0],
      scales: {
        x: { time: true, range: () => [(times?.from ?? 0) / 1000, (times?.to ?? 1) / 1000] },
        y: { range: (_, _least, most) => [0, Math.max(least, most || 0) * 1.05] },
      },
      axes: [
        { ...axis, size: 32, space: 72, values: (_, splits) => splits.map(timeOf) },
        { ...axis, size: 44, values: (_, splits) => splits.map((value) => value.toLocaleString("en-US")) },
      ],
      series: [
        {},
        ...lines.map(({ color, isThin }): uPlot.Series => ({
          stroke: seriesColor(color),
          width: isThin ? 1 : 2,
          alpha: isThin ? 0.6 : 1,
          spanGaps: false,
          // A value alone between gaps.
          points: {
            show: (own, series, first, last) => hasLone(own.data[series] ?? [], first, last),
            size: 4,
            filter: loneOnes,
          },
        })),
      ],
      cursor: { y: false, drag: { x: true, y: false }, points: { size: 7 }, sync: { key: "monitor" } },
      hooks: {
        drawClear: [(own) => shade(own, chartOf(host)?.bands ?? [])],
        draw: [(own) => drawMarks(own, times?.marks ?? [], font)],
        setCursor: [(own) => sayValues(host, own, chartOf(host)?.lines ?? [])],
      },
    },
    [[], ...lines.map(() => [])],
    host,
  );
  const chart = chartOf(host);
  if (chart) plot.setData(columnsOf(chart));
  new ResizeObserver(() => plot.setSize({ width: host.clientWidth, height: HEIGHT })).observe(host);
  return plot;
}

const DAY_MS = 86_400_000;

/** Of the reader's clock: `14:20`; over days `2 Mar 14:20`. @param at Seconds since 1970. */
function timeOf(at: number): string {
  const isLong = (times?.to ?? 0) - (times?.from ?? 0) > 1.5 * DAY_MS;
  const day = isLong ? ({ day: "numeric", month: "short" } as const) : {};
  return new Date(at * 1000).toLocaleString("en-GB", { ...day, hour: "2-digit", minute: "2-digit" });
}

function isLone(values: ArrayLike<number | null | undefined>, at: number): boolean {
  return values[at] != null && values[at - 1] == null && values[at + 1] == null;
}

function hasLone(values: ArrayLike<number | null | undefined>, first: number, last: number): boolean {
  for (let at = first; at <= last; at += 1) if (isLone(values, at)) return true;
  return false;
}

function loneOnes(plot: uPlot, series: number): number[] {
  const values = plot.data[series] ?? [];
  return Array.from({ length: values.length }, (_, at) => at).filter((at) => isLone(values, at));
}

function seriesColor(color: number): string {
  return property(`--series-${color}`);
}

/** A colour of the page as it is now, light or dark. */
function property(name: string): string {
  const probe = document.createElement("span");
  probe.className = "probe";
  document.body.append(probe);
  probe.style.setProperty("color", `var(${name})`);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

function shade({ ctx, bbox, valToPos }: uPlot, bands: readonly Band[]): void {
  ctx.save();
  for (const { from, to, severity } of bands) {
    const left = Math.max(bbox.left, valToPos(from / 1000, "x", true));
    const right = Math.min(bbox.left + bbox.width, valToPos(to / 1000, "x", true));
    if (right <= left) continue;
    ctx.fillStyle = property(severity === "critical" ? "--failed" : "--warn");
    ctx.globalAlpha = 0.16;
    ctx.fillRect(left, bbox.top, right - left, bbox.height);
  }
  ctx.restore();
}

/** Roll-outs: a line in the colour of the version, dashed where it was taken back, with its name unless another is too close. */
function drawMarks({ ctx, bbox, valToPos }: uPlot, marks: readonly Mark[], font: string): void {
  const scale = devicePixelRatio;
  ctx.save();
  ctx.font = font.replace("12px", `${11 * scale}px`);
  ctx.textAlign = "left";
  ctx.textBaseline = "top";
  let free = -Infinity;
  for (const { at, label, color, isBack } of marks) {
    const x = Math.round(valToPos(at / 1000, "x", true));
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.strokeStyle = seriesColor(color);
    ctx.fillStyle = ctx.strokeStyle;
    ctx.lineWidth = scale;
    ctx.setLineDash(isBack ? [3 * scale, 3 * scale] : []);
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    const { width } = ctx.measureText(label);
    const isAtEnd = x + width + 8 * scale > bbox.left + bbox.width;
    const start = isAtEnd ? x - width - 4 * scale : x + 4 * scale;
    if (start < free) continue;
    ctx.fillText(label, start, bbox.top + 2 * scale);
    free = start + width + 8 * scale;
  }
  ctx.restore();
}

/** Values below the cursor, in the legend. */
function sayValues(host: HTMLElement, { cursor, data }: uPlot, lines: readonly TimeLine[]): void {
  const places = [...(host.nextElementSibling?.querySelectorAll<HTMLElement>("[data-value]") ?? [])];
  const { idx } = cursor;
  for (const place of places) {
    const name = place.dataset["value"];
    if (name === "time") {
      const at = idx == null ? undefined : data[0][idx];
      place.textContent = at === undefined ? "" : new Date(at * 1000).toLocaleTimeString("en-GB");
      continue;
    }
    const series = lines.findIndex((line) => line.name === name);
    const value = idx == null || series < 0 ? undefined : data[series + 1]?.[idx];
    place.textContent = value == null ? "" : value.toLocaleString("en-US", { maximumFractionDigits: 1 });
  }
}
