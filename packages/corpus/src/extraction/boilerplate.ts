/** Which elements of a page are not its content: known by tag, role, state and the words in class and id. */

const NEVER_TEXT = new Set(
  (
    "SCRIPT STYLE TEMPLATE SVG MATH IFRAME OBJECT EMBED CANVAS AUDIO VIDEO INPUT SELECT TEXTAREA BUTTON LINK META " +
    "HEAD TITLE DATALIST PROGRESS MAP AREA"
  ).split(" "),
);
const FRAME_TAGS = new Set(["NAV", "FOOTER", "ASIDE", "DIALOG"]);
const FRAME_ROLES = new Set([
  "navigation",
  "banner",
  "contentinfo",
  "search",
  "dialog",
  "alertdialog",
  "complementary",
  "menu",
  "menubar",
  "toolbar",
  "tooltip",
  "alert",
]);

const FRAME_WORDS = new RegExp(
  "(?:^|[-_\\s])(?:" +
    "nav|navbar|navigation|menu|submenu|megamenu|breadcrumbs?|crumbs|sidebar|side-bar|cookies?|consent|gdpr|newsletter|" +
    "subscribe|subscription|signup|sign-up|login|social|socials|share|sharing|sharebar|addtoany|related|recommended|" +
    "recommendations|popup|modal|overlay|advert|advertisement|ads?|adsbygoogle|sponsored|promo|footer|site-header|" +
    "masthead|topbar|pagination|pager|paging|skip-link|skip|screen-reader-text|sr-only|visually-hidden|visuallyhidden|" +
    "tags|tag-list|tagcloud|widget-area|toolbar|copyright|disclaimer|outbrain|taboola|print-only|noprint|minicart|" +
    "search-form|searchform|author-bio|authorbox|byline|post-meta|entry-meta|jump-link|toc" +
    ")(?:$|[-_\\s])",
  "i",
);

/** From this length on, a `<noscript>` is a second copy of the page for readers without scripts, not a notice. */
const NOSCRIPT_PAGE_LENGTH = 500;
/** Longer than this, `aria-hidden` hides a page behind its dialog, not an icon or a repeated label. */
const ARIA_HIDDEN_LENGTH = 500;

/**
 * Elements which never hold readable text.
 * @param trimmedLength Units of the text inside, without white space at its ends.
 */
export function isNeverText(element: Element, trimmedLength: number): boolean {
  const tag = element.tagName.toUpperCase();
  if (tag === "NOSCRIPT") return trimmedLength < NOSCRIPT_PAGE_LENGTH;
  return NEVER_TEXT.has(tag);
}

/**
 * Elements that a reader of the page does not see once it is loaded.
 * @param length Units of the text inside.
 */
export function isHidden(element: Element, length: number): boolean {
  const tag = element.tagName;
  // Pages hide themselves until their scripts have run, and React streams content in as hidden boxes.
  if (tag === "BODY" || tag === "HTML" || tag === "MAIN") return false;
  if (element.hasAttribute("hidden")) return !(element.getAttribute("id") ?? "").startsWith("S:");
  if (element.getAttribute("aria-hidden") === "true") return length < ARIA_HIDDEN_LENGTH;
  const style = element.getAttribute("style");
  return style !== null && /display\s*:\s*none|visibility\s*:\s*hidden/i.test(style);
}

/**
 * How an element says that it frames the content: by its tag or role, or by the words in its class and id.
 * @param holdsTitle Whether an `<h1>` stands inside.
 */
export function frameKind(element: Element, holdsTitle: boolean): "tag" | "class" | undefined {
  const tag = element.tagName;
  if (FRAME_TAGS.has(tag) || FRAME_ROLES.has(element.getAttribute("role") ?? "")) return "tag";
  if (tag === "HEADER") return holdsTitle ? undefined : "tag";
  if (tag === "BODY" || tag === "HTML" || tag === "MAIN" || tag === "ARTICLE") return undefined;
  return FRAME_WORDS.test(namesOf(element)) ? "class" : undefined;
}

const CONTENT_WORDS =
  /content|article|post|entry|story|body|text|description|detail|product|prose|markdown|richtext|main|message|thread|answer|question/i;
const SIDE_WORDS =
  /side|related|recommend|similar|more|promo|card|teaser|widget|meta|author|byline|tag|categor|share|social|banner|cta|foot|head|nav|menu|list|grid|carousel|slider|swiper|review|rating|price|cart|filter|sort|upsell|cross|ship|popular|trending|latest|signature|avatar|user|profile|stat|vote|login|form|subscribe/i;
const COMMENT_WORDS = /comment|reply|replies|response|disqus/i;

/** What the words in class and id hint at, without certainty. */
export function softKind(element: Element): { content: boolean; side: boolean; comment: boolean } {
  const names = namesOf(element);
  if (names.length < 2) return { content: false, side: false, comment: false };
  return { content: CONTENT_WORDS.test(names), side: SIDE_WORDS.test(names), comment: COMMENT_WORDS.test(names) };
}

function namesOf(element: Element): string {
  return `${element.getAttribute("class") ?? ""} ${element.getAttribute("id") ?? ""}`.slice(0, 500);
}
