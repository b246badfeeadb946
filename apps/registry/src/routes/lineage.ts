import { Sha256 } from "@millrace/contracts";
import { type Http, HttpError, needs } from "@millrace/service";
import { and, eq } from "drizzle-orm";
import { lineageOf } from "../lineage.ts";
import { knownArtifacts } from "../tables.ts";

/** Lineage, and the artifacts it ends in, over HTTP. */
export function lineageRoutes(http: Http): void {
  http.get("/api/registry/lineage", needs("viewer", "read"), async (context) => {
    const id = context.req.query("id") ?? "";
    const found = await lineageOf(context.var.ports.database.drizzle, context.var.identity.project, id);
    if (found.nodes.length === 0)
      throw new HttpError(404, "not_found", `looking for the lineage of "${id}": it is not known`);
    return context.json(found);
  });

  http.get("/api/registry/artifacts/:sha256", needs("viewer", "read"), async (context) => {
    const sha256 = context.req.param("sha256");
    const { project } = context.var.identity;
    const [known] = Sha256.safeParse(sha256).success
      ? await context.var.ports.database.drizzle
          .select()
          .from(knownArtifacts)
          .where(and(eq(knownArtifacts.project, project), eq(knownArtifacts.sha256, sha256)))
      : [];
    if (!known)
      throw new HttpError(404, "not_found", `looking for artifact "${sha256}": the registry does not know it`);
    return new Response(await context.var.artifacts.stream(sha256), {
      headers: {
        "content-type": known.mediaType,
        "content-length": String(known.sizeBytes),
        // Never run in a browser, whatever it holds.
        "content-disposition": `attachment; filename="${sha256}"`,
      },
    });
  });
}
