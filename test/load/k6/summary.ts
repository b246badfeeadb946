/** What k6 found, as JSON in the file that the environment names. */
export function handleSummary(data: {
  readonly metrics: object;
  readonly root_group: { readonly checks: readonly object[] };
}): Record<string, string> {
  const { metrics, root_group: group } = data;
  return { [__ENV["SUMMARY"] ?? ""]: JSON.stringify({ metrics, checks: group.checks }) };
}
