import type { AuditPage } from "@millrace/contracts";
import { type Http, needs, readQuery } from "@millrace/service";
import { z } from "zod";
import { administered } from "../administered.ts";
import { listActs, verifyAudit } from "../audit.ts";

const BASE = "/api/registry/audit";

const Query = z.strictObject({
  before: z.coerce.number().int().positive().optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  actor: z.string().max(200).optional(),
  action: z.string().max(200).optional(),
  target: z.string().max(200).optional(),
  project: z.string().optional(),
});

/** The audit log over HTTP: looked at and checked, never written. */
export function auditRoutes(http: Http): void {
  http.get(BASE, needs("admin", "admin"), async (context) => {
    const { limit, project: named, ...filter } = readQuery(context, Query);
    const project = administered(context, named);
    const found = await listActs(context.var.ports.database.drizzle, project, filter, limit + 1);
    const entries = found.slice(0, limit);
    const page: AuditPage = { entries, next: found.length > limit ? (entries.at(-1)?.seq ?? null) : null };
    return context.json(page);
  });

  http.get(`${BASE}/verify`, needs("admin", "admin"), async (context) => {
    const project = administered(context, context.req.query("project"));
    return context.json(await verifyAudit(context.var.ports.database.drizzle, project));
  });
}
