import { SetAlias, type VersionView } from "@millrace/contracts";
import { type Http, type HttpContext, HttpError, readJson, needs } from "@millrace/service";
import { eq } from "drizzle-orm";
import { askFor, lastAsked, protectedOf } from "../approval_store.ts";
import { recordAct } from "../audit.ts";
import { versions } from "../tables.ts";
import { findVersion, listVersions, LIVE, setAlias } from "../versions_store.ts";

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
    const status = (await askedToMove(context, found, alias)) ? 202 : 200;
    return context.json(await requireVersion(context, String(version)), status);
  });
}

/**
 * Points an alias at a version, or asks for the approval that moving it takes.
 * @returns Whether it waits for an approval.
 * @throws {HttpError} 409 for `live` of a protected model, which moves with its roll-outs alone.
 */
async function askedToMove(
  context: HttpContext,
  { model, version, runId }: VersionView,
  alias: string,
): Promise<boolean> {
  const { ports, identity } = context.var;
  const { project, name } = identity;
  return ports.database.transaction(async (db) => {
    if (!(await protectedOf(db, project, model)).includes(alias)) {
      const before = await setAlias(db, project, model, alias, version);
      if (before === version) return false;
      const act = { project, at: ports.now(), actor: name, action: "alias.moved", target: `${model}@${version}` };
      await recordAct(db, { ...act, detail: { alias, before, after: version } });
      return false;
    }
    if (alias === LIVE) {
      const wanted = `"${LIVE}" is protected, and moves with an approved roll-out alone`;
      throw new HttpError(409, "conflict", `pointing ${model}@${alias} at version ${version}: ${wanted}`);
    }
    const before = await lastAsked(db, project, { model, version, alias });
    if (before?.state === "pending") return true;
    const at = ports.now();
    const attempt = (before?.attempt ?? 0) + 1;
    await askFor(db, { project, model, version, alias, attempt, runId, requestedBy: name, requestedAt: at });
    const act = { project, at, actor: name, action: "approval.requested", target: `${model}@${version}` };
    await recordAct(db, { ...act, detail: { alias } });
    return true;
  });
}

/** @throws {HttpError} 404 if there is no such version or alias. */
export async function requireVersion(context: HttpContext, version: string): Promise<VersionView> {
  const model = context.req.param("name") ?? "";
  const { project } = context.var.identity;
  const found = await findVersion(context.var.ports.database.drizzle, project, model, version);
  if (!found)
    throw new HttpError(404, "not_found", `looking for ${model}@${version}: there is no such version or alias`);
  return found;
}
