/**
 * Signals for texts which are words but not documentation: licences and lists of releases. Names of files say it best, but the
 * same texts also arrive without one, so the text itself is asked too.
 */

/** A name, or a folder of licences by name as the REUSE specification has it. */
const LICENCE_NAME =
  /(?:^|[/.])(?:un)?(?:licen[cs]es?|copying|notice|third[-_.]?party[-_.]?(?:notice(?:s|text)?|licen[cs]es?))(?:[-._][\w.-]*)?$|(?:^|\/)licen[cs]es\/[^/]+$/i;
const RELEASE_NAME = /(?:^|[/.])(?:change[-_]?logs?|release[-_]?notes)(?:[-._][\w.-]*)?$/i;
/** Names of release notes, and of pages on the past of anything else: one heading of a release decides. */
const PERHAPS_RELEASE_NAME = /(?:^|\/)(?:changes|history|releases|news)(?:\.\w{1,8})?$/i;
const LICENCE_PHRASES =
  /permission is hereby granted|redistribution and use in source|without warranty of any kind|provided by the copyright holders|licensed under the apache license|terms and conditions for use, reproduction|merchantability|fitness for a particular purpose|in no event shall|permission to use, copy, modify|grant of (?:copyright|patent) license|gnu (?:lesser |affero )?general public license|liable for any (?:claim|direct)|the above copyright notice/i;
/** A version or a date, perhaps in brackets or as a link, at the start of a heading. */
const RELEASE_HEADING =
  /^(?:\[|\(|<a [^>]{0,200}>|version |release |v)*(?:v?\d+\.\d+(?:\.\d+|\.x)?|\d{4}-\d{2}-\d{2}|unreleased\b)|^(?:bug ?fixes|features|patch changes|minor changes|major changes|breaking changes|performance improvements|added|changed|deprecated|removed|fixed|security)$/i;

/** Share of a text's paragraphs' characters which stand in paragraphs with a phrase of well-known licences. 1 when the path says it. */
export function licenceRatio(text: string, path: string | undefined): number {
  if (path !== undefined && LICENCE_NAME.test(path)) return 1;
  let legal = 0;
  let all = 0;
  for (const paragraph of text.split(/\n[ \t]*\n/)) {
    all += paragraph.length;
    if (paragraph.search(LICENCE_PHRASES) >= 0) legal += paragraph.length;
  }
  return all === 0 ? 0 : legal / all;
}

/**
 * Share of the headings which name a release or a part of one. 1 when the path says it.
 * Fewer than three headings give 0: one version in a title does not make a list of releases.
 */
export function releaseHeadingRatio(headings: readonly string[], path: string | undefined): number {
  if (path !== undefined && RELEASE_NAME.test(path)) return 1;
  const releases = headings.filter((heading) => RELEASE_HEADING.test(heading)).length;
  if (path !== undefined && PERHAPS_RELEASE_NAME.test(path) && releases > 0) return 1;
  return headings.length < 3 ? 0 : releases / headings.length;
}
