/**
 * Muon in the memory of a device: one graph over whole vectors, which are cut up into hidden matrices and what lies between them. The
 * matrices' part of the second moments stays zero, as on the processor: checkpoints are the same.
 */
import { concat, reshape, scalar, split, type Tensor } from "@millrace/tensor";
import type { Parameter } from "@millrace/transformer";
import { adamWFactors, adamWUpdate } from "./adamw.ts";
import { byName } from "./elementwise.ts";
import type { DeviceVector, DeviceVectors } from "./device_vectors.ts";
import { type MuonSettings, muonUpdate } from "./muon_update.ts";
import type { Optimiser, OptimiserParts } from "./optimiser.ts";
import { groupOf } from "./parameter_group.ts";

const CHANGING = ["parameters", "firstMoments", "secondMoments"] as const;

/** A stretch of the vectors: a hidden matrix, or what is AdamW's. */
interface Piece {
  readonly start: number;
  readonly end: number;
  readonly matrix?: Parameter;
}

/** Opens the optimiser. */
export async function openDeviceMuon(
  settings: MuonSettings,
  {
    layout,
    decay,
    vectors,
  }: Pick<OptimiserParts<DeviceVector>, "layout" | "decay"> & { readonly vectors: DeviceVectors },
): Promise<Optimiser<DeviceVector>> {
  const pieces = piecesOf(layout, decay.length);
  const sizes = pieces.map(({ start, end }) => end - start);
  const adamW = adamWUpdate(settings);
  const update = await vectors.openUpdate({
    name: "muon",
    vectors: adamW.vectors,
    factors: [...adamW.factors, "matrixScale"],
    update({ matrixScale, ...tensors }) {
      const cut = byName(adamW.vectors, (name) => split(tensors[name], 0, sizes));
      const updated = pieces.map(({ start, matrix }, index) => {
        const piece = byName(adamW.vectors, (name) => cut[name][index]!);
        if (matrix === undefined) return adamW.update({ ...tensors, ...piece });
        const shaped = (tensor: Tensor): Tensor => reshape(tensor, matrix.shape);
        const made = muonUpdate(matrix, settings, {
          matrix: shaped(piece.parameters),
          momentum: shaped(piece.firstMoments),
          gradient: shaped(piece.gradient),
          gradientScale: matrixScale,
          negativeLearningRate: tensors.negativeLearningRate,
          decay: scalar(decay[start]!),
        });
        const flat = (tensor: Tensor): Tensor => reshape(tensor, [matrix.size]);
        return { ...piece, parameters: flat(made.matrix), firstMoments: flat(made.momentum) };
      });
      return byName(CHANGING, (name) =>
        concat(
          updated.map((piece) => piece[name]!),
          0,
        ),
      );
    },
  });
  const memory = { firstMoments: await vectors.zeros(), secondMoments: await vectors.zeros() };
  const decays = await vectors.of(decay);
  return {
    memory,
    apply: (parameters, gradient, step) =>
      update.run(
        { parameters, gradient, decay: decays, ...memory },
        { ...adamWFactors(settings, step), matrixScale: step.gradientScale },
      ),
    release: () => update.release(),
  };
}

function piecesOf(layout: readonly Parameter[], length: number): readonly Piece[] {
  const pieces: Piece[] = [];
  let start = 0;
  const between = (end: number): void => void (end > start && pieces.push({ start, end }));
  for (const matrix of layout.filter((parameter) => groupOf(parameter) === "hidden")) {
    between(matrix.offset);
    start = matrix.offset + matrix.size;
    pieces.push({ start: matrix.offset, end: start, matrix });
  }
  between(length);
  return pieces;
}
