/** How many tokens each project has used in the last minute, by this gateway. */
export interface TokenBudget {
  /** Notes tokens that were read or written for a project. */
  spend(project: string, tokens: number): void;
  /**
   * Whether a project may ask for more.
   * @param limit Tokens in a minute.
   * @returns 0 if it may; else seconds until enough of the minute has passed.
   */
  waitSeconds(project: string, limit: number): number;
}

const MINUTE_S = 60;

/**
 * Counts by the second, over a window that slides. Tokens count as they come, so what is under way when the limit is reached is
 * finished, and the next request waits.
 * @param now Milliseconds since 1970.
 */
export function createTokenBudget(now: () => number): TokenBudget {
  const spent = new Map<string, Map<number, number>>();
  const second = (): number => Math.floor(now() / 1000);

  /** Seconds of the last minute in which a project has used tokens, in order. */
  function recent(project: string): Map<number, number> {
    const own = spent.get(project) ?? new Map<number, number>();
    spent.set(project, own);
    const from = second() - MINUTE_S;
    for (const at of own.keys()) if (at <= from) own.delete(at);
    return own;
  }

  return {
    spend(project, tokens) {
      const own = recent(project);
      own.set(second(), (own.get(second()) ?? 0) + tokens);
    },
    waitSeconds(project, limit) {
      const own = recent(project);
      let used = [...own.values()].reduce((sum, tokens) => sum + tokens, 0);
      if (used < limit) return 0;
      for (const [at, tokens] of own) {
        used -= tokens;
        if (used < limit) return at + MINUTE_S - second();
      }
      return MINUTE_S;
    },
  };
}
