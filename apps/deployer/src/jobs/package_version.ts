import { EVENTS, TokenManifest } from "@millrace/contracts";
import { defineJob } from "@millrace/service";
import { loadTokenizer } from "@millrace/tokenizer";
import { readModel } from "@millrace/training";
import { attemptKey } from "../attempt_key.ts";
import { moveDeployment } from "../deployment_store.ts";
import { GATE_VERSION } from "./gate_version.ts";
import { type SpecialToken, storeModelFolder } from "../model_folder.ts";
import { storeServingPackage } from "../serving_package.ts";
import { failDeployment, tellProgress } from "../stages.ts";

export const PACKAGE_VERSION = "package_version";

/** Makes the serving package and the model folder of a version. Running it again stores the same bytes. */
export const packageVersionJob = defineJob({
  kind: PACKAGE_VERSION,
  version: 1,
  input: EVENTS.modelDeploy.schema,
  async run({ input }, { artifacts, signal }) {
    const { model, version, config, checkpoint, tokenizer, slots, weights = "float32" } = input;
    const manifest = TokenManifest.parse(JSON.parse(await text(artifacts.bytes(input.tokenized.sha256))));
    const { endOfText, endOfDocument, chat } = manifest;
    const { decode, kind: tokenizerKind } = loadTokenizer(await text(artifacts.bytes(tokenizer.sha256)));
    const parameters = readModel(config, await artifacts.bytes(checkpoint.sha256));
    signal.throwIfAborted();
    const named = { model, config, checkpoint, tokenizer };
    const token = (id: number): SpecialToken => ({ id, text: decode([id]) });
    const special = { bos: token(endOfText), eos: token(endOfDocument ?? endOfText) };
    const { base, adapter, evaluation } = input;
    const exported = { ...named, tokenizerKind, version, ...special, parameters, base, adapter, evaluation, chat };
    const { folder, onnx } = await storeModelFolder(artifacts, exported);
    signal.throwIfAborted();
    return {
      onnx,
      folder: await artifacts.put(new TextEncoder().encode(JSON.stringify(folder)), "application/json"),
      package: await storeServingPackage(artifacts, {
        ...named,
        modelVersion: version,
        endOfText,
        endOfDocument,
        slots,
        weights,
        profile: manifest.profile,
        chatTemplate: chat?.template,
        parameters,
      }),
    };
  },
  async completed(made, context, { input }) {
    const { runId, attempt, model, version, tokenized, maxBitsPerByte, leastScores, evaluation } = input;
    if ((await moveDeployment(context, input, ["packaging"], "gating", { package: made.package })) === undefined)
      return;
    const named = { runId, model, version };
    context.output("the version", EVENTS.modelPackaged, { ...named, ...made });
    tellProgress(context, runId, "packaged");
    const measured = { ...named, attempt, tokenized, package: made.package };
    const limits = {
      ...(maxBitsPerByte !== undefined && { maxBitsPerByte }),
      ...(leastScores && { leastScores }),
      ...(evaluation && { evaluation }),
    };
    await context.startJob(GATE_VERSION, attemptKey(input), { ...measured, ...limits });
  },
  failed: (error, context, { input }) =>
    failDeployment(context, input, { code: "packaging_failed", message: error.message }),
});

async function text(bytes: Promise<Uint8Array>): Promise<string> {
  return new TextDecoder().decode(await bytes);
}
