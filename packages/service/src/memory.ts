/** Bounds what a flood of made-up questions takes. */
const MOST_REMEMBERED = 10_000;

/**
 * Remembers answers for a while, and lets questions that come together share one. A failure is not remembered.
 * @param ask Asks for what is not remembered.
 * @param forMs How long an answer counts.
 * @param now Milliseconds since 1970.
 */
export function remembering<Answer>(
  ask: (question: string) => Promise<Answer>,
  forMs: number,
  now: () => number,
): (question: string) => Promise<Answer> {
  const remembered = new Map<string, { readonly at: number; readonly answer: Promise<Answer> }>();
  return (question) => {
    const known = remembered.get(question);
    if (known !== undefined && now() - known.at < forMs) return known.answer;
    const answer = ask(question);
    // Last in the order of the map, so that the first is always the oldest.
    remembered.delete(question);
    remembered.set(question, { at: now(), answer });
    const [oldest] = remembered.keys();
    if (remembered.size > MOST_REMEMBERED && oldest !== undefined) remembered.delete(oldest);
    answer.catch(() => {
      if (remembered.get(question)?.answer === answer) remembered.delete(question);
    });
    return answer;
  };
}
