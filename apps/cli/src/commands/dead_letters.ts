import { DeadLetterList, type DeadLetterView, RequeuedDeadLetters } from "@millrace/contracts";
import { type Command, InvalidArgumentError } from "commander";
import type { Client } from "../client.ts";
import { plainText } from "../terminal/plain_text.ts";
import { UsageError } from "../usage_error.ts";
import { type DataOptions, print, withClient, withDataOptions } from "./data_options.ts";

/** Which dead letters. */
interface Alike extends DataOptions {
  readonly consumer?: string;
  readonly type?: string;
}

/** `millrace dead-letters list|requeue`. */
export function register(program: Command): void {
  const deadLetters = program
    .command("dead-letters")
    .description("events that could not be handled: look at them, bring them back");
  withAlike(deadLetters.command("list", { isDefault: true }))
    .description("dead letters with their errors, oldest first")
    .addHelpText("after", "\nExample:\n  millrace dead-letters list --consumer ingestion-collect")
    .action(async ({ dataDir, json, ...alike }: Alike) => {
      const found = await withClient(dataDir, (client) => listAll(client, alike));
      print(json, { deadLetters: found }, () => lines(found));
    });
  withAlike(deadLetters.command("requeue"))
    .description("handles one again, or all alike")
    .argument("[sequence]", "number of a dead letter, as list shows it", toSequence)
    .option("--all", "all, or with --consumer and --type all alike")
    .addHelpText(
      "after",
      "\nExamples:\n  millrace dead-letters requeue 12\n  millrace dead-letters requeue --all --consumer ingestion-collect",
    )
    .action(async (sequence: number | undefined, { dataDir, json, all, ...alike }: Alike & { readonly all?: true }) => {
      if ((sequence === undefined) === (all === undefined)) {
        throw new UsageError("dead-letters requeue: expected the number of a dead letter or --all, and not both");
      }
      if (sequence !== undefined && (alike.consumer ?? alike.type) !== undefined) {
        throw new UsageError("dead-letters requeue: --consumer and --type go with --all");
      }
      const requeued = await withClient(dataDir, (client) =>
        sequence === undefined
          ? requeueAll(client, alike)
          : requeue(client, { sequence }).then((answer) => answer.requeued),
      );
      print(json, { requeued }, () => [`${requeued} brought back`]);
    });
}

function withAlike(command: Command): Command {
  return withDataOptions(command)
    .option("--consumer <name>", "only those of one consumer, <service>-<handler>")
    .option("--type <type>", "only events of one type, such as millrace.corpus.collect.v1");
}

async function listAll(client: Client, alike: Omit<Alike, keyof DataOptions>): Promise<DeadLetterView[]> {
  const found: DeadLetterView[] = [];
  for (let after: number | null = 0; after !== null;) {
    const query = new URLSearchParams({ ...alike, after: String(after) });
    const page: DeadLetterList = await client.get(`/api/automation/dead-letters?${query}`, DeadLetterList);
    found.push(...page.deadLetters);
    after = page.next;
  }
  return found;
}

function requeue(client: Client, wanted: object): Promise<RequeuedDeadLetters> {
  return client.post("/api/automation/dead-letters/requeue", wanted, RequeuedDeadLetters);
}

async function requeueAll(client: Client, alike: Omit<Alike, keyof DataOptions>): Promise<number> {
  // Once: what fails again is parked again, and asking until none is left would not end.
  const { requeued, more } = await requeue(client, { all: alike });
  if (more) console.error("There are more than one request takes: run the same command again.");
  return requeued;
}

function lines(found: readonly DeadLetterView[]): string[] {
  if (found.length === 0) return ["No dead letters"];
  return found.flatMap(({ sequence, consumer, type, eventId, error, attempts, requeues, parkedAt }) => [
    `${sequence}  ${plainText(type)}  parked by ${consumer} at ${parkedAt}`,
    `  ${error.name}: ${plainText(error.message)}`,
    `  event ${plainText(eventId)}, ${attempts} failed attempts, requeued ${requeues} times`,
  ]);
}

function toSequence(value: string): number {
  const sequence = Number(value);
  if (!Number.isSafeInteger(sequence) || sequence < 1) throw new InvalidArgumentError("Expected a positive integer.");
  return sequence;
}
