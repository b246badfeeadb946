import { ApiError } from "@millrace/contracts";
import { type Access, defineService, type HttpContext, needs, type OpenPorts } from "@millrace/service";
import type { Service } from "@millrace/service";
import type { Answers } from "./answers.ts";
import type { ChatRequest } from "./chat_request.ts";
import type { CompletionRequest } from "./completion_request.ts";
import { HTTP_SIDE } from "./http_side.ts";
import { OpenAiError } from "./openai_errors.ts";
import { passOn } from "./pass_on.ts";
import { chatRoutes } from "./routes/chat_completions.ts";
import { completionRoutes } from "./routes/completions.ts";
import { modelRoutes } from "./routes/models.ts";
import type { ServedVersion } from "./version_store.ts";

/** As long as OpenAI's clients wait: who asked has gone by then, which not every runtime notices. */
const PATIENCE_MS = 600_000;

/**
 * A gateway without replicas: it lists models, checks requests as one with replicas does, and passes on what is good. It counts no tokens:
 * the other one sees those of all gateways before it, and refuses in its own words.
 * @param upstream Base address of a gateway with replicas, of the same installation.
 * @param patienceMs Longest wait until an answer of that one begins. Default: ten minutes.
 */
export function createPassingGateway(
  openPorts: OpenPorts,
  access: Access,
  upstream: string,
  patienceMs: number = PATIENCE_MS,
): Service {
  const answers = passedAnswers(upstream, patienceMs);
  return defineService(
    {
      ...HTTP_SIDE,
      routes(http) {
        modelRoutes(http);
        completionRoutes(answers)(http);
        chatRoutes(answers)(http);
        // Replicas and their traffic are known where they are.
        http.get("/api/inference/routes", needs("viewer", "read"), (context) =>
          passOn(context, upstream, {
            what: "listing what is served",
            isAnswer: (headers) => headers.get("content-type")?.startsWith("application/json") === true,
            errors: ApiError,
            patienceMs,
          }),
        );
      },
    },
    openPorts,
    access,
  );
}

function passedAnswers(upstream: string, patienceMs: number): Answers {
  const pass = (
    context: HttpContext,
    { model, version }: ServedVersion,
    checked: CompletionRequest | ChatRequest,
  ): Promise<Response> => {
    const label = `${model}@${version}`;
    return passOn(context, upstream, {
      what: `completing with ${label}`,
      // Where several versions share the traffic, the one that the request was checked against is the one that answers.
      body: JSON.stringify({ ...checked, model: label }),
      isAnswer: (headers) => headers.get("x-millrace-version") === label,
      errors: OpenAiError,
      patienceMs,
    });
  };
  return { complete: pass, chat: pass };
}
