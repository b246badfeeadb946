/**
 * Flags of Node for a process that lives for seconds: of what such a one takes, a third is V8 optimising WebAssembly, Postgres above all, for
 * a long life that does not come.
 */
export const BRIEFLY: readonly string[] = ["--liftoff-only"];
