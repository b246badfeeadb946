import { type Http, HttpError } from "@millrace/service";

/** Scripts and styles, read and compressed once by the runtime. */
export interface Assets {
  /** Changes with their content; part of their path, so that they can be cached for good. */
  readonly version: string;
  readonly files: ReadonlyMap<string, Asset>;
}

export interface Asset {
  readonly mediaType: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Absent where compression gains nothing, as for fonts. */
  readonly gzip?: Uint8Array<ArrayBuffer>;
}

/** Base path of assets. */
export function assetsPath({ version }: Pick<Assets, "version">): string {
  return `/static/${version}`;
}

export function assetRoutes(http: Http, assets: Assets): void {
  http.get(`${assetsPath(assets)}/:file`, (context) => {
    const asset = assets.files.get(context.req.param("file"));
    if (asset === undefined) throw new HttpError(404, "not_found", `${context.req.path}: no such file`);
    const packed = /\bgzip\b/.test(context.req.header("accept-encoding") ?? "") ? asset.gzip : undefined;
    const headers = new Headers({
      "content-type": asset.mediaType,
      "cache-control": "public, max-age=31536000, immutable",
    });
    headers.set("vary", "accept-encoding");
    if (packed !== undefined) headers.set("content-encoding", "gzip");
    return new Response(packed ?? asset.bytes, { headers });
  });
}
