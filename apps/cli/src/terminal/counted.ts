/** `1 node`, `1,200 nodes`. */
export function counted(value: number, noun: string): string {
  return `${value.toLocaleString("en-US")} ${value === 1 ? noun : `${noun}s`}`;
}
