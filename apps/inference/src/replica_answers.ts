import { ChatTemplateError, type RenderChat, shielded } from "@millrace/chat";
import { type HttpContext, HttpError } from "@millrace/service";
import { answer, type Answering, type Asked } from "./answering.ts";
import type { Answers, ChatTemplate } from "./answers.ts";
import { CHAT_FORM } from "./chat_form.ts";
import { chatChoicesOf, type ChatRequest, templateMessages } from "./chat_request.ts";
import { COMPLETION_FORM } from "./completion_form.ts";
import { choicesOf, type CompletionRequest } from "./completion_request.ts";
import { randomSeed } from "./random_seed.ts";
import type { ServedVersion } from "./version_store.ts";

/** Answers by replicas of this gateway. */
export function replicaAnswers(answering: Answering, render: RenderChat): Answers {
  return {
    complete: (context, served, body) =>
      answer(context, answering, served, {
        form: COMPLETION_FORM,
        choices: choicesOf(body, randomSeed()),
        ...shapeOf(body),
      }),
    async chat(context, served, body, template) {
      const prompt = await promptOf(context, body, served, template, render);
      const choices = chatChoicesOf(body, prompt, randomSeed());
      return answer(context, answering, served, { form: CHAT_FORM, choices, ...shapeOf(body) });
    },
  };
}

function shapeOf(body: CompletionRequest | ChatRequest): Omit<Asked, "form" | "choices"> {
  return {
    perPrompt: body.n ?? 1,
    isStream: body.stream === true,
    includeUsage: body.stream_options?.include_usage === true,
  };
}

async function promptOf(
  context: HttpContext,
  body: ChatRequest,
  { model, version }: ServedVersion,
  template: ChatTemplate,
  render: RenderChat,
): Promise<string> {
  const label = `${model}@${version}`;
  try {
    const messages = shielded(templateMessages(body), template.reserved ?? []);
    return (await render(template, messages, [{ upTo: messages.length, forAnswer: true }])).text;
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
