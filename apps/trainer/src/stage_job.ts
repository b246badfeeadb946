/** Key of the job of one attempt of a run. */
export function stageJobKey({ runId, attempt }: { readonly runId: string; readonly attempt: number }): string {
  return `${runId} attempt ${attempt}`;
}
