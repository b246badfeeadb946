import type { CloudEvent } from "@millrace/contracts";

/** An event in its place below its cause. */
export interface ChainEntry {
  readonly event: CloudEvent;
  /** 0 for a root. */
  readonly depth: number;
  /** Later events of the same type and cause that it stands for; like itself, they led to nothing. */
  readonly folded: number;
}

/**
 * Orders a log so that each event follows what caused it, siblings by time. An event whose cause is not in the log is a root.
 * @param events In order of time; ids are unique.
 */
export function causalChain(events: readonly CloudEvent[]): ChainEntry[] {
  const known = new Set(events.map(({ id }) => id));
  const isRoot = ({ id, causationid }: CloudEvent): boolean => causationid === id || !known.has(causationid);
  const effects = Map.groupBy(
    events.filter((event) => !isRoot(event)),
    ({ causationid }) => causationid,
  );
  const chain: ChainEntry[] = [];
  const seen = new Set<string>();
  // A stack, since chains may be deep; causes that form a ring (a broken sender) are not followed twice.
  const open = events
    .filter(isRoot)
    .toReversed()
    .map((event) => ({ event, depth: 0, folded: 0 }));
  for (let entry = open.pop(); entry !== undefined; entry = open.pop()) {
    if (seen.has(entry.event.id)) continue;
    seen.add(entry.event.id);
    chain.push(entry);
    const depth = entry.depth + 1;
    open.push(
      ...folded(effects.get(entry.event.id) ?? [], (id) => effects.has(id))
        .map((effect) => ({ ...effect, depth }))
        .toReversed(),
    );
  }
  return chain;
}

/** Reports of progress, shards and checkpoints come in great numbers: of those that led to nothing, the first stands for all. */
function folded(siblings: readonly CloudEvent[], hasEffects: (id: string) => boolean): Omit<ChainEntry, "depth">[] {
  const alike = Map.groupBy(
    siblings.filter(({ id }) => !hasEffects(id)),
    ({ type }) => type,
  );
  return siblings.flatMap((event) => {
    const own = alike.get(event.type) ?? [];
    if (hasEffects(event.id)) return [{ event, folded: 0 }];
    return own[0] === event ? [{ event, folded: own.length - 1 }] : [];
  });
}
