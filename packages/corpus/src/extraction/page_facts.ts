/** What a page says about itself in its head: title, description, date, author, kind. Read before the content is chosen. */
export interface PageFacts {
  readonly title: string;
  readonly description?: string;
  /** Publication date as the page writes it, when it begins with a year, month and day: `2024-05-31...`. */
  readonly date?: string;
  readonly author?: string;
  readonly language?: string;
  readonly siteName?: string;
  /** Path of the page's own canonical address, or "". */
  readonly path: string;
  /** Open Graph type, lower case, or "". */
  readonly openGraphType: string;
  /** Generator named in the head, lower case, or "". */
  readonly generator: string;
  /** Types of the JSON-LD objects, such as "NewsArticle". */
  readonly schemaTypes: readonly string[];
  /** Longest text that JSON-LD gives as the page's body or description, or "". */
  readonly schemaText: string;
}

/** Reads the facts of a page. What JSON-LD holds is used only where it has the expected type. */
export function pageFacts(document: Document): PageFacts {
  const meta = metaValues(document);
  const objects = jsonLdObjects(document);
  const first = (...names: string[]): string | undefined => names.map((name) => meta.get(name)).find((value) => value);
  const fromSchema = (key: string): string | undefined =>
    objects.map((object) => textOf(object[key])).find((value) => value);

  const h1 = document.querySelectorAll("h1");
  // Text that looks like a tag was written as text: the page is about it.
  const heading = h1.length === 1 ? spaced(h1[0]?.textContent ?? "") : "";
  const tabTitle = clean(document.querySelector("title")?.textContent ?? "");
  const title = heading !== "" && heading.length <= 200 ? heading : (first("og:title", "twitter:title") ?? tabTitle);
  const date =
    first("article:published_time", "date", "dc.date", "datepublished") ??
    fromSchema("datePublished") ??
    document.querySelector("time[datetime]")?.getAttribute("datetime") ??
    undefined;
  const description = first("og:description", "description", "twitter:description") ?? fromSchema("description");
  const author = first("author", "article:author", "dc.creator", "byl") ?? fromSchema("author");
  const language = document.documentElement.getAttribute("lang") ?? undefined;
  const siteName = first("og:site_name");
  const canonical = document.querySelector('link[rel="canonical"]')?.getAttribute("href") ?? first("og:url") ?? "";
  return {
    title,
    ...(description === undefined ? {} : { description }),
    ...(date !== undefined && /^\d{4}-\d\d-\d\d/.test(date) ? { date } : {}),
    ...(author === undefined || /^https?:/.test(author) ? {} : { author }),
    ...(language ? { language } : {}),
    ...(siteName === undefined ? {} : { siteName }),
    path: pathOf(canonical),
    openGraphType: (meta.get("og:type") ?? "").toLowerCase(),
    generator: (meta.get("generator") ?? "").toLowerCase(),
    schemaTypes: objects.flatMap((object) => typesOf(object)),
    schemaText: objects
      .flatMap((object) => ["articleBody", "text", "description"].map((key) => clean(textOf(object[key]) ?? "")))
      .reduce((longest, text) => (text.length > longest.length ? text : longest), ""),
  };
}

function metaValues(document: Document): Map<string, string> {
  const values = new Map<string, string>();
  for (const element of document.querySelectorAll("meta[content]")) {
    const name = (
      element.getAttribute("property") ??
      element.getAttribute("name") ??
      element.getAttribute("itemprop")
    )?.toLowerCase();
    const value = clean(element.getAttribute("content") ?? "").slice(0, 2000);
    if (name !== undefined && value !== "" && !values.has(name)) values.set(name, value);
  }
  return values;
}

type JsonObject = Readonly<Record<string, unknown>>;

const MAX_JSON_LD_OBJECTS = 200;
/** Values of one script that are looked at for objects. */
const MAX_JSON_LD_VALUES = 10_000;

function jsonLdObjects(document: Document): JsonObject[] {
  const objects: JsonObject[] = [];
  for (const script of document.querySelectorAll('script[type="application/ld+json"]')) {
    const waiting = [parseJson(script.textContent ?? "")];
    for (let at = 0; at < Math.min(waiting.length, MAX_JSON_LD_VALUES); at += 1) {
      if (objects.length >= MAX_JSON_LD_OBJECTS) break;
      const value = waiting[at];
      if (Array.isArray(value)) waiting.push(...value.slice(0, MAX_JSON_LD_OBJECTS));
      else if (isObject(value)) {
        objects.push(value);
        if (value["@graph"] !== undefined) waiting.push(value["@graph"]);
        if (value.mainEntity !== undefined) waiting.push(value.mainEntity);
      }
    }
  }
  return objects;
}

/** Broken JSON-LD is common and tells nothing: it counts as absent. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null;
}

function typesOf(object: JsonObject): string[] {
  const type = object["@type"];
  return (Array.isArray(type) ? type : [type]).filter((name) => typeof name === "string");
}

function textOf(value: unknown): string | undefined {
  let first = value;
  while (Array.isArray(first)) first = first[0];
  if (typeof first === "string") return first;
  return isObject(first) && typeof first.name === "string" ? first.name : undefined;
}

function pathOf(address: string): string {
  return URL.canParse(address) ? new URL(address).pathname.toLowerCase() : "";
}

function clean(text: string): string {
  return spaced(text.replace(/<[^<>]{1,200}>/g, " "));
}

function spaced(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
