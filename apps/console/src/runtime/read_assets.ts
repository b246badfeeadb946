/**
 * Browser files without a build: islands are TypeScript that loses its types here, as Node does for the services; styles, icon, font and
 * uPlot are served as they are.
 */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire, stripTypeScriptTypes } from "node:module";
import { gzipSync } from "node:zlib";
import type { Asset, Assets } from "../routes/assets.ts";

const SOURCE = new URL("../", import.meta.url);
const require = createRequire(import.meta.url);
const TEXT: Readonly<Record<string, string>> = {
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  svg: "image/svg+xml",
};

let read: Assets | undefined;

/** Reads everything once a process. Synchronous: it happens before the process listens. */
export function readAssets(): Assets {
  return (read ??= readAll());
}

function readAll(): Assets {
  const files = new Map<string, Asset>();
  for (const name of filesOf("assets/"))
    files.set(name, text(name, readFileSync(new URL(`assets/${name}`, SOURCE), "utf8")));
  for (const name of filesOf("islands/").filter((file) => !file.endsWith("_test.ts"))) {
    const script = stripTypeScriptTypes(readFileSync(new URL(`islands/${name}`, SOURCE), "utf8"));
    const served = name.replace(/\.ts$/, ".js");
    const linked = script
      .replaceAll(/(from "\.\/[a-z_]+)\.ts"/g, '$1.js"')
      .replaceAll('from "uplot"', 'from "./uplot.js"');
    files.set(served, text(served, linked));
  }
  // The module among its builds is not minified: this makes one of the script that is.
  const uplot = readFileSync(require.resolve("uplot/dist/uPlot.iife.min.js"), "utf8");
  files.set("uplot.js", text("uplot.js", `${uplot}\nexport default uPlot;\n`));
  files.set("uplot.css", text("uplot.css", readFileSync(require.resolve("uplot/dist/uPlot.min.css"), "utf8")));
  const font = readFileSync(require.resolve("@fontsource-variable/inter/files/inter-latin-wght-normal.woff2"));
  files.set("inter.woff2", { mediaType: "font/woff2", bytes: new Uint8Array(font) });
  const hash = createHash("sha256");
  for (const [name, { bytes }] of [...files].sort(([left], [right]) => (left < right ? -1 : 1)))
    hash.update(name).update(bytes);
  return { version: hash.digest("hex").slice(0, 12), files };
}

function filesOf(folder: string): string[] {
  return readdirSync(new URL(folder, SOURCE)).sort();
}

function text(name: string, content: string): Asset {
  const bytes = new TextEncoder().encode(content);
  const mediaType = TEXT[name.slice(name.lastIndexOf(".") + 1)];
  if (mediaType === undefined) throw new TypeError(`serving ${name}: wanted one of ${Object.keys(TEXT).join(", ")}`);
  return { mediaType, bytes, gzip: new Uint8Array(gzipSync(bytes)) };
}
