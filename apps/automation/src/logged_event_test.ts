import { expect, test } from "vitest";
import { loggedEvent } from "./logged_event.ts";

test.each(["", "{", "null", "[1]", '{"type":"millrace.rollout.ready.v1"}'])(
  "loggedEvent() takes %j for no event, and goes on",
  (payload) => {
    expect(loggedEvent(payload)).toBeUndefined();
  },
);
