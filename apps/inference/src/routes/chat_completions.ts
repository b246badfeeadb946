import { ChatTemplateError, type RenderChat, shielded } from "@millrace/chat";
import { ServingPackage } from "@millrace/contracts";
import { type Http, type HttpContext, HttpError, readJson, needs } from "@millrace/service";
import { z } from "zod";
import { answer, type Answering } from "../answering.ts";
import { CHAT_FORM } from "../chat_form.ts";
import { chatChoicesOf, ChatRequest, templateMessages } from "../chat_request.ts";
import { requireJson } from "../require_json.ts";
import { refuseUnsupportedChat } from "../unsupported_parameters.ts";
import type { ServedVersion } from "../version_store.ts";
import { randomSeed, servedFor } from "./completions.ts";

/** `/v1/chat/completions`: the model answers a conversation, if its version says how one is written. */
export function chatRoutes(answering: Answering, render: RenderChat): (http: Http) => void {
  return (http) => {
    http.post("/v1/chat/completions", needs("viewer", "complete"), async (context) => {
      requireJson(context);
      refuseUnsupportedChat(await readJson(context, z.record(z.string(), z.unknown())));
      const body = await readJson(context, ChatRequest);
      const served = await servedFor(context, body.model);
      const prompt = await promptOf(context, body, served, render);
      return answer(context, answering, served, {
        form: CHAT_FORM,
        choices: chatChoicesOf(body, prompt, randomSeed()),
        perPrompt: body.n ?? 1,
        isStream: body.stream === true,
        includeUsage: body.stream_options?.include_usage === true,
      });
    });
  };
}

async function promptOf(
  context: HttpContext,
  body: ChatRequest,
  served: ServedVersion,
  render: RenderChat,
): Promise<string> {
  const label = `${served.model}@${served.version}`;
  const bytes = await context.var.artifacts.bytes(served.package.sha256);
  const { chatTemplate } = ServingPackage.parse(JSON.parse(new TextDecoder().decode(bytes)));
  if (chatTemplate === undefined) {
    const message = `${label} has no chat template: it continues text. Use /v1/completions with a prompt.`;
    throw new HttpError(400, "model_not_chat", message, [{ path: "model", message }]);
  }
  try {
    const messages = shielded(templateMessages(body), chatTemplate.reserved ?? []);
    return (await render(chatTemplate, messages, [{ upTo: messages.length, forAnswer: true }])).text;
  } catch (error) {
    if (!(error instanceof ChatTemplateError)) throw error;
    if (error.fault === "template") {
      context.var.log.error("rendering a chat template failed", { model: label, error });
      throw new HttpError(500, "chat_template_failed", `the chat template of ${label} does not work: ${error.message}`);
    }
    const message = `the chat template of ${label} refuses the messages: ${error.message}`;
    throw new HttpError(400, "invalid_request", message, [{ path: "messages", message }]);
  }
}
