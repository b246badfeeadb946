/** Puts a chart with a cursor in place of each drawn curve, of the same size, and keeps it up to date. Colours are those of the drawing. */
import uPlot from "uplot";

interface Curve {
  readonly points: readonly { readonly step: number; readonly loss?: number; readonly validationLoss?: number }[];
  readonly references: readonly { readonly name: string; readonly loss: number }[];
}

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
  const chart = draw(host, columns(curve), () => curve?.references ?? []);
  document.addEventListener("millrace:refreshed", () => {
    void read(host).then((fresh) => {
      if (fresh === undefined) return;
      curve = fresh;
      chart.setData(columns(fresh));
    });
  });
  new ResizeObserver(() => chart.setSize({ width: host.clientWidth, height: HEIGHT })).observe(host);
}

/** Undefined when it cannot be read: the drawing stays. */
async function read(host: HTMLElement): Promise<Curve | undefined> {
  const response = await fetch(host.dataset["curve"] ?? "").catch(() => undefined);
  return response?.ok ? ((await response.json()) as Curve) : undefined;
}

function columns({ points }: Curve): uPlot.AlignedData {
  return [
    points.map(({ step }) => step),
    points.map(({ loss }) => loss ?? null),
    points.map(({ validationLoss }) => validationLoss ?? null),
  ] as uPlot.AlignedData;
}

/** @param references Asked at each drawing: they come when the run is evaluated. */
function draw(host: HTMLElement, data: uPlot.AlignedData, references: () => Curve["references"]): uPlot {
  const stroke = (name: string): string => {
    const path = host.querySelector(`path.${name}`);
    return path ? getComputedStyle(path).stroke : getComputedStyle(host).color;
  };
  const [train, validation] = [stroke("train"), stroke("validation")];
  const reference = stroke("reference");
  const { color: text, borderColor: line } = getComputedStyle(host);
  const steps = Number(host.dataset["steps"]);
  const font = `12px ${getComputedStyle(document.body).fontFamily}`;
  const axis: uPlot.Axis = { stroke: text, font, grid: { stroke: line, width: 1 }, ticks: { show: false } };
  host.replaceChildren();
  const chart = new uPlot(
    {
      width: host.clientWidth,
      height: HEIGHT,
      legend: { show: false },
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
        { stroke: train, width: 1, alpha: 0.65, spanGaps: true, points: { show: false } },
        { stroke: validation, width: 2.5, spanGaps: true, points: { show: false } },
      ],
      cursor: { y: false, drag: { x: true, y: false }, points: { size: 7 } },
      hooks: {
        draw: [(own) => drawReferences(own, references(), reference, font)],
        setCursor: [(own) => tell(host, own)],
      },
    },
    data,
    host,
  );
  return chart;
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
function tell(host: HTMLElement, chart: uPlot): void {
  const { idx } = chart.cursor;
  const legend = host.nextElementSibling;
  const put = (name: string, value: string): void => {
    const place = legend?.querySelector(`[data-value=${name}]`);
    if (place) place.textContent = value;
  };
  const at = (series: number): string => (idx == null ? "" : (chart.data[series]?.[idx]?.toFixed(3) ?? ""));
  put("train", at(1));
  put("validation", at(2));
  put("step", idx == null ? "" : `step ${chart.data[0][idx]?.toLocaleString("en-US")}`);
}
