import { CloudEvent, EVENTS, subjectOf } from "@millrace/contracts";
import { expect, test } from "vitest";
import { receivedEvent, refuseUnknown } from "./received_event.ts";

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
  receivedEvent(
    { payload: typeof message === "string" ? message : JSON.stringify(message), subject },
    EVENTS.corpusCollect,
  );

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

const refuse = (payload: string, subject = "millrace.default.corpus.guessed.v1") => {
  return () => refuseUnknown({ payload, subject });
};

test("refuseUnknown() says whether a message is no event, lies under a wrong subject, or is not known", () => {
  const guessed = { ...event, type: "millrace.corpus.guessed.v1" };
  expect(refuse("hello")).toThrow(/wanted JSON, found "hello"/);
  expect(refuse("[]")).toThrow(/reading the envelope/);
  expect(refuse(JSON.stringify(event))).toThrow(/found subject .*guessed.*, wanted .*corpus\.collect\.v1/);
  expect(refuse(JSON.stringify({ ...guessed, project: "acme" }))).toThrow(/wanted millrace\.acme\./);
  expect(refuse(JSON.stringify(guessed))).toThrow(/found type millrace\.corpus\.guessed\.v1, which the catalogue/);
});
