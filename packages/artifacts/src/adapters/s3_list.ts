/** Pages through S3's ListObjectsV2. Its XML is flat and made by machines, so a few expressions read it. */

export interface ListedKey {
  readonly key: string;
  readonly sizeBytes: number;
  /** ISO 8601, to the second on some servers. */
  readonly lastModified: string | null;
}

/**
 * Lists keys with a prefix, in the order of their bytes.
 * @param get Sends the query to the bucket.
 * @throws {Error} If an answer is no listing.
 */
export async function* listKeys(
  get: (query: URLSearchParams) => Promise<Response | undefined>,
  prefix: string,
): AsyncGenerator<ListedKey> {
  let continuation: string | undefined;
  do {
    const query = new URLSearchParams({ "list-type": "2", prefix });
    if (continuation !== undefined) query.set("continuation-token", continuation);
    const xml = await (await get(query))?.text();
    if (xml === undefined) throw new Error(`listing keys under "${prefix}": found no bucket (404), wanted one`);
    if (!xml.includes("<ListBucketResult")) {
      throw new Error(
        `listing keys under "${prefix}": wanted a ListBucketResult, found ${JSON.stringify(xml.slice(0, 200))}`,
      );
    }
    for (const [, contents = ""] of xml.matchAll(/<Contents>(.*?)<\/Contents>/gs)) {
      yield {
        key: elementOf(contents, "Key") ?? "",
        sizeBytes: Number(elementOf(contents, "Size")),
        lastModified: elementOf(contents, "LastModified") ?? null,
      };
    }
    continuation = elementOf(xml, "IsTruncated") === "true" ? elementOf(xml, "NextContinuationToken") : undefined;
  } while (continuation !== undefined);
}

function elementOf(xml: string, name: string): string | undefined {
  const text = new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1];
  return text
    ?.replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&apos;", "'")
    .replaceAll("&amp;", "&");
}
