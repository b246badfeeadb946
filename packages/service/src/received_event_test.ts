import { CloudEvent, EVENTS, subjectOf } from "@millrace/contracts";
import { expect, test } from "vitest";
import { onEvent } from "./handler.ts";
import { receivedEvent } from "./received_event.ts";

const subscription = onEvent({ name: "collect", version: 1, event: EVENTS.corpusCollect, async handle() {} });
const event: CloudEvent = {
  specversion: "1.0",
  id: "01234567-89ab-5def-8123-456789abcdef",
  source: "/millrace/automation",
  type: EVENTS.corpusCollect.type,
  subject: "run-1",
  time: "2026-01-01T00:00:00.000Z",
  datacontenttype: "application/json",
  project: "default",
  correlationid: "run-1",
  causationid: "01234567-89ab-5def-8123-456789abcdef",
  data: { ...EVENTS.corpusCollect.example },
};
const receive = (message: unknown, subject = subjectOf(event)) =>
  receivedEvent({ payload: typeof message === "string" ? message : JSON.stringify(message), subject }, subscription);

test("receivedEvent() gives the event when envelope, type, subject and data fit", () => {
  expect(receive(event)).toEqual(event);
});

test("receivedEvent() says what was found and wanted when the message is malformed", () => {
  expect(() => receive("{")).toThrow(/wanted JSON, found "{"/);
  expect(() => receive("null")).toThrow(/reading the envelope: /);
  expect(() => receive({ ...event, id: "seven" })).toThrow(/reading the envelope: id: .*found "seven"/);
  expect(() => receive({ ...event, data: {} })).toThrow(/reading the data of millrace\.corpus\.collect\.v1: runId/);
});

test("receivedEvent() refuses another type, an unknown one, and a project that the subject does not name", () => {
  expect(() => receive({ ...event, type: EVENTS.corpusClean.type })).toThrow(
    /found type millrace\.corpus\.clean\.v1, wanted/,
  );
  expect(() => receive({ ...event, type: "millrace.corpus.guessed.v1" })).toThrow(/which the catalogue does not know/);
  expect(() => receive({ ...event, project: "acme" })).toThrow(
    /found subject millrace\.default\..*wanted millrace\.acme\./,
  );
});
