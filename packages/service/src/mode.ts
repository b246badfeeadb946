/** How an installation runs: all services in one process, or each in its own. Only what users are told depends on it. */
export type Mode = "embedded" | "distributed";
