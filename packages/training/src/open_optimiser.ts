import { openAdamW } from "./adamw.ts";
import { openDeviceMuon } from "./device_muon.ts";
import type { DeviceVector, DeviceVectors } from "./device_vectors.ts";
import { openMuon } from "./muon.ts";
import type { MuonSettings } from "./muon_update.ts";
import type { Optimiser, OptimiserParts } from "./optimiser.ts";
import { openSgd } from "./sgd.ts";
import type { TrainingConfig } from "./training_config.ts";

/** Opens the optimiser that a run is to be trained with. */
export function openOptimiser(training: TrainingConfig, parts: OptimiserParts): Promise<Optimiser> {
  return opened(training, parts, (settings) => openMuon(settings, parts));
}

/** The same over vectors of a device. */
export function openDeviceOptimiser(
  training: TrainingConfig,
  parts: Pick<OptimiserParts<DeviceVector>, "layout" | "decay"> & { readonly vectors: DeviceVectors },
): Promise<Optimiser<DeviceVector>> {
  return opened(training, parts, (settings) => openDeviceMuon(settings, parts));
}

/** Element-wise optimisers are the same wherever vectors lie; Muon is not. */
function opened<Place>(
  training: TrainingConfig,
  parts: Pick<OptimiserParts<Place>, "decay" | "vectors">,
  muon: (settings: MuonSettings) => Promise<Optimiser<Place>>,
): Promise<Optimiser<Place>> {
  const { optimiser } = training;
  switch (optimiser?.name) {
    case undefined:
      return openAdamW(training, parts);
    case "sgd":
      return openSgd(optimiser, parts);
    case "muon":
      return muon({ ...training, ...optimiser });
  }
}
