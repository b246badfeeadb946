import { expect, test } from "vitest";
import { licenceRatio, releaseHeadingRatio } from "./document_kind.ts";

test.each([
  "LICENSE",
  "a/LICENCE.md",
  "LICENSE-MIT",
  "LICENSES/MIT.txt",
  "COPYING.txt",
  "ThirdPartyNoticeText.txt",
  "NOTICE",
])("licenceRatio() is 1 when the name is %s", (path) => expect(licenceRatio("Words.", path)).toBe(1));

test.each(["licensing.md", "docs/notices_of_change.md", "copying-files.txt.md/a.md", undefined])(
  "licenceRatio() asks the text when the name is %s",
  (path) => expect(licenceRatio("Words.", path)).toBe(0),
);

test("licenceRatio() is the share of characters in paragraphs with phrases of licences", () => {
  expect(licenceRatio("No such.\n\nIN NO EVENT SHALL WE", undefined)).toBe(20 / 28);
  expect(licenceRatio("", undefined)).toBe(0);
});

test("releaseHeadingRatio() is the share of headings which name a release or a part of one", () => {
  expect(releaseHeadingRatio(["Changes", "1.2.0 (2024-01-31)", "Fixed", "Thanks"], undefined)).toBe(0.5);
  expect(releaseHeadingRatio(["[2.0.0](https://a.example)", "v1.9.0", "Unreleased"], undefined)).toBe(1);
  expect(releaseHeadingRatio(["Mill 1.0", "2.0"], undefined)).toBe(0);
  expect(releaseHeadingRatio([], "docs/CHANGELOG.md")).toBe(1);
  expect(releaseHeadingRatio(["1.0.0 / 2024-01-31"], "depd/HISTORY.md")).toBe(1);
  expect(releaseHeadingRatio(["How we began"], "about/history.md")).toBe(0);
});
