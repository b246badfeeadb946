import { RunView, STAGES } from "@millrace/contracts";
import { expect, test } from "vitest";
import { statusLines } from "./status.ts";

const RUN = RunView.parse({
  id: "run-1a2b3c4d",
  name: "docs",
  state: "failed",
  attempt: 1,
  createdAt: "2026-11-02T09:00:00.000Z",
  updatedAt: "2026-11-02T09:10:00.000Z",
  error: "rolled back",
  errorCode: "rolled_back",
  stoppedIn: "deploying",
  recipe: { sha256: "0".repeat(64), sizeBytes: 1, mediaType: "application/json" },
  stages: STAGES.map((stage) => ({
    stage,
    state: "waiting",
    startedAt: null,
    endedAt: null,
    progress: null,
    workedSeconds: 0,
  })),
});

test("statusLines() tells of a failed run whose version went live after all", () => {
  const lineWith = (liveAfterAll: Record<string, string>): string | undefined =>
    statusLines({ address: null, runs: [RUN], routes: [], liveAfterAll }).find((line) => line.includes("  docs  "));
  expect(lineWith({})).toMatch(/^ {2}run-1a2b3c4d {2}failed in deploying {2}docs/);
  expect(lineWith({ [RUN.id]: "docs@2" })).toMatch(
    /^ {2}run-1a2b3c4d {2}failed in deploying, but docs@2 is live {2}docs/,
  );
});
