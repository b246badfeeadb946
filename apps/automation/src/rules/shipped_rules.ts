import { Rule } from "@millrace/contracts";

/** Rules that every project has. They can be switched off, not changed. */
export const SHIPPED_RULES: readonly Rule[] = [
  {
    id: "gates-passed",
    description: "A version that has passed its gates and answers is rolled out.",
    on: "millrace.rollout.ready.v1" as const,
    do: "start_rollout" as const,
  },
  {
    id: "canary-healthy",
    description: "A canary that was found healthy is given all traffic.",
    on: "millrace.rollout.judged.v1" as const,
    when: [{ field: "verdict", op: "==" as const, value: "healthy" }],
    do: "promote" as const,
  },
  {
    id: "drift-retrain",
    description:
      "A model whose prompts have become unlike its corpus is trained anew, from what its sources hold then.",
    on: "millrace.alert.raised.v1" as const,
    when: [{ field: "kind", op: "==" as const, value: "drift" }],
    do: "retrain" as const,
    cooldownSeconds: 86_400,
    maxPerDay: 1,
  },
].map((rule) => Rule.parse(rule));
