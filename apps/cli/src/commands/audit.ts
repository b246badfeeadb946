import { type AuditEntry, AuditPage, AuditVerification } from "@millrace/contracts";
import { type Command, InvalidArgumentError } from "commander";
import { plainText } from "../terminal/plain_text.ts";
import { print } from "./data_options.ts";
import { type TargetOptions, withReader, withTargetOptions } from "./target_options.ts";

const BASE = "/api/registry/audit";
/** Most that one request gives. */
const PAGE = 200;

interface AuditOptions extends TargetOptions {
  readonly verify?: true;
  readonly actor?: string;
  readonly action?: string;
  readonly limit: number;
}

/** `millrace audit`. */
export function register(program: Command): void {
  withTargetOptions(program.command("audit"))
    .description("what was done by whom, newest first; --verify checks that nobody has changed it since")
    .option("--verify", "computes the chain of hashes again; exit code 1 if it does not hold")
    .option("--actor <name>", "only what somebody did")
    .option("--action <action>", "only what was done, such as key.created")
    .option("--limit <n>", `entries to show, 1 to ${PAGE}`, toLimit, 50)
    .addHelpText("after", "\nExamples:\n  millrace audit --actor ada\n  millrace audit --verify")
    .action(async ({ verify, actor, action, limit, ...options }: AuditOptions) => {
      if (verify) return printVerification(options);
      const query = new URLSearchParams({ limit: String(limit) });
      if (actor !== undefined) query.set("actor", actor);
      if (action !== undefined) query.set("action", action);
      const page = await withReader(options, (reader) => reader.get(`${BASE}?${query}`, AuditPage));
      print(options.json, page, () => (page.entries.length === 0 ? ["No entries"] : page.entries.map(inOneLine)));
    });
}

async function printVerification(options: TargetOptions): Promise<void> {
  const found = await withReader(options, (reader) => reader.get(`${BASE}/verify`, AuditVerification));
  print(options.json, found, () => [
    found.problem === null
      ? `All ${found.entries} entries are as they were written; the last one has the hash ${found.head}`
      : `Entry ${found.problem.seq}: ${found.problem.message}`,
  ]);
  if (found.problem !== null) process.exitCode = 1;
}

function inOneLine({ seq, at, actor, action, target, detail }: AuditEntry): string {
  return `${String(seq).padStart(5)}  ${at}  ${plainText(actor)}  ${action}  ${plainText(target)}  ${plainText(JSON.stringify(detail))}`;
}

function toLimit(text: string): number {
  const limit = Number(text);
  if (Number.isInteger(limit) && limit >= 1 && limit <= PAGE) return limit;
  throw new InvalidArgumentError(`Expected 1 to ${PAGE}.`);
}
