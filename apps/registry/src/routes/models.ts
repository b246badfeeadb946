import { SetAlias, type VersionView } from "@millrace/contracts";
import { type Http, type HttpContext, HttpError, readJson, needs } from "@millrace/service";
import { eq } from "drizzle-orm";
import { versions } from "../tables.ts";
import { findVersion, listVersions, setAlias } from "../versions_store.ts";

const ALIAS = /^[\w-]{1,255}$/;

/** Models, versions and aliases over HTTP. */
export function modelRoutes(http: Http): void {
  http.get("/api/registry/models", needs("viewer", "read"), async (context) => {
    const all = await listVersions(context.var.ports.database.drizzle, context.var.identity.project);
    const byName = Map.groupBy(all, ({ model }) => model);
    const models = [...byName].map(([name, own]) => ({ name, versions: own.length, latest: own[0] as VersionView }));
    return context.json({ models });
  });

  http.get("/api/registry/models/:name/versions", needs("viewer", "read"), async (context) => {
    const which = eq(versions.model, context.req.param("name"));
    const found = await listVersions(context.var.ports.database.drizzle, context.var.identity.project, which);
    return context.json({ versions: found });
  });

  http.get("/api/registry/models/:name/versions/:version", needs("viewer", "read"), async (context) => {
    return context.json(await requireVersion(context, context.req.param("version")));
  });

  http.get("/api/registry/corpora/:hash/versions", needs("viewer", "read"), async (context) => {
    const which = eq(versions.corpusHash, context.req.param("hash"));
    const found = await listVersions(context.var.ports.database.drizzle, context.var.identity.project, which);
    return context.json({ versions: found });
  });

  http.put("/api/registry/models/:name/aliases/:alias", needs("operator", "deploy"), async (context) => {
    const alias = context.req.param("alias");
    if (!ALIAS.test(alias) || alias === "latest" || /^v\d+$/.test(alias)) {
      const wanted = "letters, digits, - and _, at most 255, not latest and not v<number>";
      throw new HttpError(400, "invalid_request", `setting alias "${alias}": expected ${wanted}`);
    }
    const { version } = await readJson(context, SetAlias);
    const found = await requireVersion(context, String(version));
    await setAlias(context.var.ports.database.drizzle, context.var.identity.project, found.model, alias, version);
    return context.json(await requireVersion(context, String(version)));
  });
}

async function requireVersion(context: HttpContext, version: string): Promise<VersionView> {
  const model = context.req.param("name") ?? "";
  const { project } = context.var.identity;
  const found = await findVersion(context.var.ports.database.drizzle, project, model, version);
  if (!found)
    throw new HttpError(404, "not_found", `looking for ${model}@${version}: there is no such version or alias`);
  return found;
}
