import { LimitChanges, type ProjectList, type ProjectView } from "@millrace/contracts";
import { type Http, HttpError, needs, readJson } from "@millrace/service";
import { administered } from "../administered.ts";
import { recordAct } from "../audit.ts";
import { limitProject, limitsOf, listProjects } from "../project_store.ts";

const BASE = "/api/registry/projects";

/** Projects and what they may use, over HTTP. */
export function projectRoutes(http: Http): void {
  http.get(BASE, needs("admin", "admin"), async (context) => {
    const { ports, identity } = context.var;
    const db = ports.database.drizzle;
    const own = async (): Promise<ProjectView[]> => [
      { name: identity.project, limits: await limitsOf(db, identity.project) },
    ];
    const list: ProjectList = { projects: identity.ofInstallation ? await listProjects(db) : await own() };
    return context.json(list);
  });

  http.get(`${BASE}/:name`, needs("viewer", "read"), async (context) => {
    const name = administered(context, context.req.param("name"));
    const view: ProjectView = { name, limits: await limitsOf(context.var.ports.database.drizzle, name) };
    return context.json(view);
  });

  http.put(`${BASE}/:name`, needs("admin", "admin"), async (context) => {
    const { ports, identity } = context.var;
    if (!identity.ofInstallation) {
      const wanted = "found a key of the registry, wanted the installation's own";
      throw new HttpError(403, "forbidden", `setting limits of a project: ${wanted}`);
    }
    const name = administered(context, context.req.param("name"));
    const changes = await readJson(context, LimitChanges);
    const limits = await ports.database.transaction(async (db) => {
      const { before, after } = await limitProject(db, name, changes, ports.now());
      const act = { project: name, at: ports.now(), actor: identity.name, action: "limits.changed" };
      await recordAct(db, { ...act, target: `project ${name}`, detail: { before, after } });
      return after;
    });
    return context.json({ name, limits } satisfies ProjectView);
  });
}
