import { templateProcess } from "@millrace/chat/process";
import type { NodeRuntime, NodeService } from "@millrace/service/node";
import { ngramThread } from "../adapters/ngram_thread.ts";
import { createFeature } from "../service.ts";

/** Feature on Node, which renders conversations in a process and counts n-grams in a thread of its own. */
export function onNode({ openPorts, access, log }: NodeRuntime): NodeService {
  const templates = templateProcess();
  const ngrams = ngramThread(log);
  const { render } = templates;
  const { continueByCounts } = ngrams;
  return {
    service: createFeature(openPorts, access, { render, continueByCounts }),
    stop: async () => void (await Promise.all([templates.close(), ngrams.close()])),
  };
}
