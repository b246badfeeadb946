import type { ServiceDefinition } from "@millrace/service";
import { openAiRefusal } from "./openai_errors.ts";

/** Some room is left for what stands around a prompt: a request travels to its replica in one frame of 1 MiB. */
const MAX_BODY_BYTES = 1_000_000;

/** What a gateway is over HTTP, with and without replicas. */
export const HTTP_SIDE = {
  name: "inference",
  maxBodyBytes: MAX_BODY_BYTES,
  answerRefusal: ({ req }, refusal) => (req.path.startsWith("/v1/") ? openAiRefusal(refusal) : undefined),
} satisfies ServiceDefinition;
