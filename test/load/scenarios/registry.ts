import assert from "node:assert/strict";
import { Lineage, ModelList, VersionView } from "@millrace/contracts";
import { askJson, timed } from "../ask.ts";
import type { Scenario, Target } from "../scenario.ts";

const version = (target: Target, name: string): Promise<VersionView> =>
  askJson(target, `/api/registry/models/${target.model}/versions/${name}`, VersionView);

/** What pages and clients read. */
export const registryReads: Scenario = {
  name: "registry reads",
  what: "the list of models, a version by its alias, its lineage",
  ratePerSecond: 60,
  limits: [
    { measure: "models", share: 0.95, atMostMs: 1000 },
    { measure: "version", share: 0.95, atMostMs: 1000 },
    { measure: "lineage", share: 0.95, atMostMs: 1500 },
  ],
  async prepare(target) {
    const live = await version(target, "live");
    const lineage = `/api/registry/lineage?id=${live.checkpoint.sha256}`;
    const { nodes } = await askJson(target, lineage, Lineage);
    const reads = [
      async () => ({
        models: await timed(async () => {
          const { models } = await askJson(target, "/api/registry/models", ModelList);
          assert(
            models.some(({ name }) => name === target.model),
            "the model is not in the list",
          );
        }),
      }),
      async () => ({
        version: await timed(async () => {
          assert.equal((await version(target, "live")).checkpoint.sha256, live.checkpoint.sha256);
        }),
      }),
      async () => ({
        lineage: await timed(async () => {
          assert.equal((await askJson(target, lineage, Lineage)).nodes.length, nodes.length, "lineage has changed");
        }),
      }),
    ] as const;
    return (index) => reads[index % reads.length]!();
  },
};

const ALIASES = 8;

/** Aliases that are set side by side, each read back at once. */
export const registryWrites: Scenario = {
  name: "registry writes",
  what: `${ALIASES} aliases of a version are set, each read back by its name`,
  ratePerSecond: 20,
  limits: [
    { measure: "set", share: 0.95, atMostMs: 1500 },
    { measure: "read back", share: 0.95, atMostMs: 1000 },
  ],
  async prepare(target) {
    const live = await version(target, "live");
    const body = JSON.stringify({ version: live.version });
    return async (index) => {
      const alias = `load-${index % ALIASES}`;
      const path = `/api/registry/models/${target.model}/aliases/${alias}`;
      const set = await timed(async () => {
        const { aliases } = await askJson(target, path, VersionView, { method: "PUT", body });
        assert(aliases.includes(alias), "an alias that was set is not among those of its version");
      });
      const readBack = await timed(async () => {
        assert.equal((await version(target, alias)).version, live.version, "an alias leads elsewhere");
      });
      return { set, "read back": readBack };
    };
  },
};
