import type { Artifacts } from "@millrace/artifacts";
import { ModelFolder, type VersionView } from "@millrace/contracts";
import { type Http, HttpError, needs } from "@millrace/service";
import { requireVersion } from "./models.ts";

/** Files of a version's folder in Hugging Face's layout, by their paths in it. */
export function versionFileRoutes(http: Http): void {
  http.get("/api/registry/models/:name/versions/:version/files", needs("viewer", "read"), async (context) => {
    const version = await requireVersion(context, context.req.param("version"));
    return context.json(await folderOf(context.var.artifacts, version));
  });

  http.get("/api/registry/models/:name/versions/:version/files/:path{.+}", needs("viewer", "read"), async (context) => {
    const version = await requireVersion(context, context.req.param("version"));
    const { files } = await folderOf(context.var.artifacts, version);
    const path = context.req.param("path");
    const file = Object.hasOwn(files, path) ? files[path] : undefined;
    if (file === undefined) {
      const found = Object.keys(files).join(", ");
      throw new HttpError(404, "not_found", `looking for ${path} of ${nameOf(version)}: found only ${found}`);
    }
    return new Response(await context.var.artifacts.stream(file.sha256), {
      headers: {
        "content-type": file.mediaType,
        "content-length": String(file.sizeBytes),
        // Never run in a browser, whatever it holds. Names in a folder have no quotes.
        "content-disposition": `attachment; filename="${path.slice(path.lastIndexOf("/") + 1)}"`,
      },
    });
  });
}

/** @throws {HttpError} 404 while the version is not packaged. */
async function folderOf(artifacts: Artifacts, version: VersionView): Promise<ModelFolder> {
  if (version.folder === null)
    throw new HttpError(404, "not_found", `looking for the files of ${nameOf(version)}: it is not packaged yet`);
  return ModelFolder.parse(JSON.parse(new TextDecoder().decode(await artifacts.bytes(version.folder.sha256))));
}

function nameOf({ model, version }: VersionView): string {
  return `${model}@${version}`;
}
