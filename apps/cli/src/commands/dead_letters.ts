import { DeadLetterList, type DeadLetterView, RequeuedDeadLetters } from "@millrace/contracts";
import { type Command, InvalidArgumentError } from "commander";
import type { Client, Reader } from "../client.ts";
import { plainText } from "../terminal/plain_text.ts";
import { UsageError } from "../usage_error.ts";
import { print } from "./data_options.ts";
import { type TargetOptions, withClient, withReader, withTargetOptions } from "./target_options.ts";

/** Which dead letters. */
interface Alike {
  readonly consumer?: string;
  readonly type?: string;
}
type AlikeOptions = TargetOptions & Alike;

/** `millrace dead-letters list|requeue`. */
export function register(program: Command): void {
  const deadLetters = program
    .command("dead-letters")
    .description("events that could not be handled: look at them, bring them back");
  withAlike(deadLetters.command("list", { isDefault: true }))
    .description("dead letters with their errors, oldest first")
    .addHelpText("after", "\nExample:\n  millrace dead-letters list --consumer ingestion-collect")
    .action(async ({ consumer, type, ...target }: AlikeOptions) => {
      const found = await withReader(target, (reader) => listAll(reader, alikeOf(consumer, type)));
      print(target.json, { deadLetters: found }, () => lines(found));
    });
  withAlike(deadLetters.command("requeue"))
    .description("handles one again, or all alike")
    .argument("[sequence]", "number of a dead letter, as list shows it", toSequence)
    .option("--all", "all, or with --consumer and --type all alike")
    .addHelpText(
      "after",
      "\nExamples:\n  millrace dead-letters requeue 12\n  millrace dead-letters requeue --all --consumer ingestion-collect",
    )
    .action(async (sequence: number | undefined, options: AlikeOptions & { readonly all?: true }) => {
      const { consumer, type, all, ...target } = options;
      if ((sequence === undefined) === (all === undefined)) {
        throw new UsageError("dead-letters requeue: expected the number of a dead letter or --all, and not both");
      }
      if (sequence !== undefined && (consumer ?? type) !== undefined) {
        throw new UsageError("dead-letters requeue: --consumer and --type go with --all");
      }
      const requeued = await withClient(target, (client) =>
        sequence === undefined
          ? requeueAll(client, alikeOf(consumer, type))
          : requeue(client, { sequence }).then((answer) => answer.requeued),
      );
      print(target.json, { requeued }, () => [`${requeued} brought back`]);
    });
}

function withAlike(command: Command): Command {
  return withTargetOptions(command)
    .option("--consumer <name>", "only those of one consumer, <service>-<handler>")
    .option("--type <type>", "only events of one type, such as millrace.corpus.collect.v1");
}

function alikeOf(consumer: string | undefined, type: string | undefined): Alike {
  return { ...(consumer === undefined ? {} : { consumer }), ...(type === undefined ? {} : { type }) };
}

async function listAll(reader: Reader, alike: Alike): Promise<DeadLetterView[]> {
  const found: DeadLetterView[] = [];
  for (let after: number | null = 0; after !== null;) {
    const query = new URLSearchParams({ ...alike, after: String(after) });
    const page: DeadLetterList = await reader.get(`/api/automation/dead-letters?${query}`, DeadLetterList);
    found.push(...page.deadLetters);
    after = page.next;
  }
  return found;
}

function requeue(client: Client, wanted: object): Promise<RequeuedDeadLetters> {
  return client.post("/api/automation/dead-letters/requeue", wanted, RequeuedDeadLetters);
}

async function requeueAll(client: Client, alike: Alike): Promise<number> {
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
