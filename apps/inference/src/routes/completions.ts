import { type Http, type HttpContext, readJson, needs } from "@millrace/service";
import { z } from "zod";
import { answer, type Answering } from "../answering.ts";
import { COMPLETION_FORM } from "../completion_form.ts";
import { choicesOf, CompletionRequest } from "../completion_request.ts";
import { findServed } from "../find_served.ts";
import { requireJson } from "../require_json.ts";
import { refuseUnsupportedCompletion } from "../unsupported_parameters.ts";
import type { ServedVersion } from "../version_store.ts";

/** `/v1/completions`: the model continues text. */
export function completionRoutes(answering: Answering): (http: Http) => void {
  return (http) => {
    http.post("/v1/completions", needs("viewer", "complete"), async (context) => {
      requireJson(context);
      refuseUnsupportedCompletion(await readJson(context, z.record(z.string(), z.unknown())));
      const body = await readJson(context, CompletionRequest);
      const served = await servedFor(context, body.model);
      return answer(context, answering, served, {
        form: COMPLETION_FORM,
        choices: choicesOf(body, randomSeed()),
        perPrompt: body.n ?? 1,
        isStream: body.stream === true,
        includeUsage: body.stream_options?.include_usage === true,
      });
    });
  };
}

/** The version that answers a request; by chance, where several share the traffic. */
export function servedFor(context: HttpContext, model: string): Promise<ServedVersion> {
  const { ports, identity } = context.var;
  const catalogue = { db: ports.database.drizzle, peers: ports.peers, project: identity.project };
  return findServed(catalogue, model, randomSeed() / 2 ** 32);
}

/** 32 random bits. */
export function randomSeed(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
}
