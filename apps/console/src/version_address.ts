/** The page of a version. */
export function versionAddress(model: string, version: number): string {
  return `/models/${encodeURIComponent(model)}/${version}`;
}
