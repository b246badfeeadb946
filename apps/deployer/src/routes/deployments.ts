import type { DeploymentList } from "@millrace/contracts";
import type { Http } from "@millrace/service";
import { listDeployments } from "../deployment_store.ts";

const MOST_DEPLOYMENTS = 200;

/** Deployments over HTTP. */
export function deploymentRoutes(http: Http): void {
  http.get("/api/deployer/deployments", async (context) => {
    const { ports, identity } = context.var;
    const rows = await listDeployments(ports.database.drizzle, identity.project, MOST_DEPLOYMENTS);
    const list: DeploymentList = {
      deployments: rows.map(
        ({ runId, model, version, state, percent, error, samples, gates, startedAt, updatedAt }) => ({
          runId,
          model,
          version,
          state,
          percent,
          error,
          samples,
          gates,
          startedAt: new Date(startedAt).toISOString(),
          updatedAt: new Date(updatedAt).toISOString(),
        }),
      ),
    };
    return context.json(list);
  });
}
