/** What an act would do to the traffic, in counts, before it is done. */
import type { DeploymentView, RolloutCommand, RouteList } from "@millrace/contracts";
import { counted, formatCount } from "./format.ts";

type Route = RouteList["routes"][number];

export interface Effect {
  readonly title: string;
  readonly verb: string;
  readonly effects: readonly string[];
}

/** @param routes What is served now; undefined where that could not be read: then no count is claimed. */
export function effectOf(
  action: RolloutCommand["action"],
  deployment: DeploymentView,
  routes: readonly Route[] | undefined,
): Effect {
  const { model, version, runId, stable, percent } = deployment;
  const ofModel = routes?.filter((route) => route.model === model);
  const own = ofModel?.find((route) => route.version === version);
  const others = (ofModel ?? []).filter((route) => route.version !== version && route.percent > 0);
  const answering = others.map((route) => `v${route.version}`).join(" and ");
  if (action === "abort") {
    return {
      title: `Roll back ${model} v${version}?`,
      verb: `Roll back v${version}`,
      effects: [
        percent === 0
          ? `v${version} has no traffic yet and gets none.`
          : `v${version} loses its ${percent} % of the traffic${perMinute(own)}; ${stable === null ? "nobody answers then" : `v${stable} answers all of it`}.`,
        ...(own === undefined
          ? []
          : [`Its ${counted(own.replicas.length, "replica")} ${own.replicas.length === 1 ? "is" : "are"} unloaded.`]),
        `Run ${runId} ends as failed, with the code rolled_back. Its model stays, and can be brought back.`,
      ],
    };
  }
  if (action === "promote") {
    return {
      title: `Promote ${model} v${version} before its canary is found healthy?`,
      verb: `Promote v${version}`,
      effects: [
        judged(deployment),
        `v${version} goes from ${percent} % to all of the traffic${total(ofModel)}.`,
        ...others.map(
          (route) =>
            `v${route.version} loses its ${route.percent} %${perMinute(route)}, and its ${counted(route.replicas.length, "replica")} ${route.replicas.length === 1 ? "is" : "are"} unloaded.`,
        ),
      ],
    };
  }
  return {
    title: `Bring back ${model} v${version}?`,
    verb: `Bring back v${version}`,
    effects: [
      `v${version} is loaded again and answers its first requests before it gets traffic.`,
      answering === ""
        ? "Nothing else of the model has traffic: it gets all of it."
        : `Then it is tried on a part of the traffic${total(ofModel)} beside ${answering}, by its recipe's canary.`,
      answering === ""
        ? "A version on its way is taken back."
        : `Found healthy, it takes all of it while rule canary-healthy is on; ${answering} is unloaded then.`,
    ],
  };
}

function judged({ verdict, evidence, canary }: DeploymentView): string {
  if (verdict !== null) return `The canary was found ${verdict}: ${evidence?.reason ?? ""}.`;
  const seen = evidence?.requests.canary ?? 0;
  return `The canary is not judged yet: ${formatCount(seen)} of ${counted(canary?.requests ?? 0, "request")} so far.`;
}

function perMinute(route: Route | undefined): string {
  return route === undefined ? "" : `, now ${counted(route.requestsPerMinute, "request")} a minute`;
}

function total(routes: readonly Route[] | undefined): string {
  if (routes === undefined) return "";
  const sum = routes.reduce((all, { requestsPerMinute }) => all + requestsPerMinute, 0);
  return `, now ${counted(sum, "request")} a minute`;
}
