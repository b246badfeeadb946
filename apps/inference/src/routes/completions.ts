import { type Http, type HttpContext, readJson, needs } from "@millrace/service";
import { z } from "zod";
import type { Answers } from "../answers.ts";
import { CompletionRequest } from "../completion_request.ts";
import { findServed } from "../find_served.ts";
import { randomSeed } from "../random_seed.ts";
import { requireJson } from "../require_json.ts";
import { refuseUnsupportedCompletion } from "../unsupported_parameters.ts";
import type { ServedVersion } from "../version_store.ts";

/** `/v1/completions`: the model continues text. */
export function completionRoutes(answers: Answers): (http: Http) => void {
  return (http) => {
    http.post("/v1/completions", needs("viewer", "complete"), async (context) => {
      requireJson(context);
      refuseUnsupportedCompletion(await readJson(context, z.record(z.string(), z.unknown())));
      const body = await readJson(context, CompletionRequest);
      return answers.complete(context, await servedFor(context, body.model), body);
    });
  };
}

/** The version that answers a request; by chance, where several share the traffic. */
export function servedFor(context: HttpContext, model: string): Promise<ServedVersion> {
  const { ports, identity } = context.var;
  const catalogue = { db: ports.database.drizzle, peers: ports.peers, project: identity.project };
  return findServed(catalogue, model, randomSeed() / 2 ** 32);
}
