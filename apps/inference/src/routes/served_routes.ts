import type { RouteList } from "@millrace/contracts";
import { needs, type Http } from "@millrace/service";
import type { Fleet } from "../gateway/fleet.ts";
import type { Traffic } from "../traffic.ts";
import { listVersions } from "../version_store.ts";

/** `/api/inference/routes`: what is served now. */
export function servedRoutes(fleet: Fleet, traffic: Traffic): (http: Http) => void {
  return (http) => {
    http.get("/api/inference/routes", needs("viewer", "read"), async (context) => {
      const { ports, identity } = context.var;
      const rows = await listVersions(ports.database.drizzle, identity.project);
      const list: RouteList = {
        routes: rows.map((row) => {
          const { project, model, version, percent } = row;
          const group = fleet.find(row);
          const replicas = group?.replicas.map((replica) => {
            const { id, state, slots } = replica;
            return { id, state, slots, busy: group.busy(replica) };
          });
          const lately = traffic.view(`${project}/${model}@${version}`);
          return { model, version, percent, replicas: replicas ?? [], ...lately };
        }),
      };
      return context.json(list);
    });
  };
}
