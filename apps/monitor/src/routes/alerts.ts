import type { AlertList } from "@millrace/contracts";
import { type Http, HttpError, needs, readQuery } from "@millrace/service";
import { z } from "zod";
import { acknowledgeAlert, listAlerts } from "../alert_store.ts";

const MOST_ALERTS = 200;

const AlertQuery = z.strictObject({ state: z.enum(["open", "all"]).default("open") });

/** Alerts over HTTP. */
export function alertRoutes(http: Http): void {
  http.get("/api/monitor/alerts", needs("viewer", "read"), async (context) => {
    const { ports, identity } = context.var;
    const { state } = readQuery(context, AlertQuery);
    const list: AlertList = {
      alerts: await listAlerts(ports.database.drizzle, identity.project, state, MOST_ALERTS),
    };
    return context.json(list);
  });

  http.post("/api/monitor/alerts/:id/acknowledge", needs("operator", "deploy"), async (context) => {
    const { ports, identity } = context.var;
    const id = context.req.param("id");
    const by = { name: identity.name, at: ports.now() };
    const alert = await acknowledgeAlert(ports.database.drizzle, identity.project, id, by);
    if (alert === undefined) throw new HttpError(404, "not_found", `acknowledging alert "${id}": there is none`);
    return context.json(alert);
  });
}
