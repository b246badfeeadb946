import type { ServingPackage } from "@millrace/contracts";
import type { HttpContext } from "@millrace/service";
import type { ChatRequest } from "./chat_request.ts";
import type { CompletionRequest } from "./completion_request.ts";
import type { ServedVersion } from "./version_store.ts";

/** How a version says that a conversation is written. */
export type ChatTemplate = NonNullable<ServingPackage["chatTemplate"]>;

/** What answers requests once they are checked: replicas of this gateway, or a gateway that has them. */
export interface Answers {
  /** Continues text. @throws {HttpError} If there is no answer. */
  complete(context: HttpContext, served: ServedVersion, body: CompletionRequest): Promise<Response>;
  /** Answers a conversation. @throws {HttpError} If there is no answer. */
  chat(context: HttpContext, served: ServedVersion, body: ChatRequest, template: ChatTemplate): Promise<Response>;
}
