import { EVENTS } from "@millrace/contracts";
import { failStage, onEvent } from "@millrace/service";
import { verifyArtifacts } from "../artifacts.ts";
import { registerVersion } from "../register_version.ts";

/** Registers a version, once every artifact it is made of has been read back whole. */
export const modelRegister = onEvent({
  name: "model_register",
  version: 1,
  event: EVENTS.modelRegister,
  prepare({ data }, { artifacts }) {
    const { recipe, checkpoint, tokenizer, corpus, tokenized, base } = data;
    const named = { recipe, checkpoint, tokenizer, corpus, tokenized, ...(base && { "base model": base.manifest }) };
    return verifyArtifacts(artifacts, named);
  },
  async handle({ data }, context, problem) {
    const { runId, model } = data;
    if (problem !== undefined) {
      return failStage(context, "deploying", data, { code: "artifact_missing", message: problem });
    }
    const version = await registerVersion(context, data);
    context.output("the run", EVENTS.modelRegistered, { runId, model, version });
  },
});
