import { EVENTS, isFinal, type RunView } from "@millrace/contracts";
import { type Access, defineService, type OpenPorts, type Service } from "@millrace/service";

/** Automation's side of the contract that runs are asked for by; automation itself is another app. */
export function automationStandIn(states: ReadonlyMap<string, RunView["state"]>) {
  return (openPorts: OpenPorts, access: Access): Service =>
    defineService(
      {
        name: "automation",
        routes(http) {
          http.get("/api/automation/runs", (context) => {
            const { recipe } = EVENTS.pipelineStart.example;
            const at = new Date(0).toISOString();
            // Of all runs only the newest are listed.
            const listed =
              context.req.query("underWay") === "true"
                ? [...states].filter(([, state]) => !isFinal(state))
                : [...states].slice(-200);
            const runs = listed.map(([id, state]): RunView => ({
              id,
              name: "docs",
              state,
              attempt: 1,
              createdAt: at,
              updatedAt: at,
              error: null,
              errorCode: null,
              stoppedIn: null,
              recipe,
              stages: [],
            }));
            return context.json({ runs });
          });
        },
      },
      openPorts,
      access,
    );
}
