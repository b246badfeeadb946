/**
 * A word as a POSIX shell reads it, quoted where it must be.
 * @see POSIX.1-2017, Shell Command Language, 2.2
 */
export function shellWord(text: string): string {
  return /^[\w@%+:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
