import type { Recipe } from "@millrace/contracts";
import { expect, test } from "vitest";
import { isRepeatable } from "./repeatable.ts";
import type { TrainingDevice } from "./training_device.ts";

type Train = Recipe["train"];

test("isRepeatable() holds of exact exchange on the processor alone, whatever the precision", () => {
  const wanted: Record<TrainingDevice, Record<Train["exchange"], boolean>> = {
    cpu: { exact: true, fp16: false, int8: false, diloco: false },
    webgpu: { exact: false, fp16: false, int8: false, diloco: false },
  };
  const precisions = Object.keys({ float32: 0, mixed: 0 } satisfies Record<Train["precision"], 0>);
  for (const [device, ofExchange] of Object.entries(wanted)) {
    for (const [exchange, repeatable] of Object.entries(ofExchange)) {
      for (const precision of precisions) {
        const train = { exchange: exchange as Train["exchange"], precision: precision as Train["precision"] };
        const said = `${device}, ${exchange}, ${precision}`;
        expect(isRepeatable(device as TrainingDevice, train), said).toBe(repeatable);
      }
    }
  }
});
