import { needs, type Http } from "@millrace/service";
import { findServed } from "../find_served.ts";
import { listVersions, type ServedVersion } from "../version_store.ts";

/** OpenAI's description of a model. */
interface ModelView {
  readonly id: string;
  readonly object: "model";
  /** Seconds since 1970. */
  readonly created: number;
  readonly owned_by: string;
}

/** `/v1/models`: each model that has traffic, and each version by itself. */
export function modelRoutes(http: Http): void {
  http.get("/v1/models", needs("viewer", "complete"), async (context) => {
    const { ports, identity } = context.var;
    const rows = await listVersions(ports.database.drizzle, identity.project);
    return context.json({ object: "list", data: modelViews(rows) });
  });

  http.get("/v1/models/:id", needs("viewer", "complete"), async (context) => {
    const { ports, identity } = context.var;
    const id = context.req.param("id");
    const db = ports.database.drizzle;
    const listed = modelViews(await listVersions(db, identity.project)).find((one) => one.id === id);
    if (listed !== undefined) return context.json(listed);
    // By an alias, which completions take as well.
    const catalogue = { db, peers: ports.peers, project: identity.project };
    return context.json(modelView(id, await findServed(catalogue, id, 0)));
  });
}

function modelViews(rows: readonly ServedVersion[]): ModelView[] {
  const routed = new Map(rows.filter(({ percent }) => percent > 0).map((row) => [row.model, row]));
  return [
    ...[...routed].map(([model, row]) => modelView(model, row)),
    ...rows.map((row) => modelView(`${row.model}@${row.version}`, row)),
  ];
}

function modelView(id: string, { loadedAt, project }: ServedVersion): ModelView {
  return { id, object: "model", created: Math.floor(loadedAt / 1000), owned_by: project };
}
