import { ServingPackage } from "@millrace/contracts";
import { type Http, type HttpContext, HttpError, readJson, needs } from "@millrace/service";
import { z } from "zod";
import type { Answers, ChatTemplate } from "../answers.ts";
import { ChatRequest } from "../chat_request.ts";
import { requireJson } from "../require_json.ts";
import { refuseUnsupportedChat } from "../unsupported_parameters.ts";
import type { ServedVersion } from "../version_store.ts";
import { servedFor } from "./completions.ts";

/** `/v1/chat/completions`: the model answers a conversation, if its version says how one is written. */
export function chatRoutes(answers: Answers): (http: Http) => void {
  return (http) => {
    http.post("/v1/chat/completions", needs("viewer", "complete"), async (context) => {
      requireJson(context);
      refuseUnsupportedChat(await readJson(context, z.record(z.string(), z.unknown())));
      const body = await readJson(context, ChatRequest);
      const served = await servedFor(context, body.model);
      return answers.chat(context, served, body, await templateOf(context, served));
    });
  };
}

async function templateOf(context: HttpContext, served: ServedVersion): Promise<ChatTemplate> {
  const bytes = await context.var.artifacts.bytes(served.package.sha256);
  const { chatTemplate } = ServingPackage.parse(JSON.parse(new TextDecoder().decode(bytes)));
  if (chatTemplate !== undefined) return chatTemplate;
  const label = `${served.model}@${served.version}`;
  const message = `${label} has no chat template: it continues text. Use /v1/completions with a prompt.`;
  throw new HttpError(400, "model_not_chat", message, [{ path: "model", message }]);
}
