import { RunView, STAGES } from "@millrace/contracts";
import { expect, test } from "vitest";
import { RequestError } from "../client.ts";
import { askLiveAfterAll, statusLines } from "./status.ts";

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

test("askLiveAfterAll() tells of none where the deployer is down, and asks it only about runs that failed", async () => {
  let asked = 0;
  const get = (): Promise<never> => {
    asked++;
    return Promise.reject(new RequestError(502, "peer_failed", "deployer does not answer"));
  };
  expect(await askLiveAfterAll({ get }, [{ ...RUN, state: "completed" }])).toEqual({});
  expect(asked).toBe(0);
  expect(await askLiveAfterAll({ get }, [RUN])).toEqual({});
  expect(asked).toBe(1);
});
