import { createInterface } from "node:readline/promises";
import type { Erasure } from "@millrace/contracts";
import type { Command } from "commander";
import type { ToldBackups } from "../care/known_backups.ts";
import type { Client } from "../client.ts";
import { counted } from "../terminal/counted.ts";
import { UsageError } from "../usage_error.ts";
import { print } from "./data_options.ts";
import { type TargetOptions, withClient, withReader, withTargetOptions } from "./target_options.ts";

interface ForgetOptions extends TargetOptions {
  readonly dryRun?: true;
  readonly yes?: true;
  readonly list?: true;
  readonly from?: string;
}

const HELP = `
The document goes from search, from its page, from lists of the corpus, and from the files that these are read from. Later runs
leave it out; the report counts it as "forgotten". Its source file is yours and stays. Versions that were trained on it are listed
with what to do about them.

Examples:
  millrace forget <document id> --dry-run
  millrace forget <document id>
  millrace forget --list > erasures.jsonl        keep this apart from your backups
  millrace forget --from erasures.jsonl --yes    after a restore`;

/** `millrace forget`: a document is given out nowhere any more, and no run keeps it again. */
export function register(program: Command): void {
  withTargetOptions(program.command("forget"))
    .description("erase a document, and tell which versions were trained on it")
    .argument("[document]", "its id, as search tells it")
    .option("--dry-run", "tell what would be touched, and do nothing")
    .option("--yes", "do not ask")
    .option("--list", "print what was forgotten so far, a JSON line each")
    .option("--from <file>", "forget everything that such a list names")
    .addHelpText("after", HELP)
    .action(async (document: string | undefined, { dryRun, yes, list, from, ...target }: ForgetOptions) => {
      if ([document, list, from].filter((one) => one !== undefined).length !== 1) {
        throw new UsageError("millrace forget: expected a document's id, --list or --from, and one of them");
      }
      if (list) return listAll(target);
      if (from !== undefined) return forgetAll(from, target, yes);
      await forgetOne(document as string, target, dryRun, yes);
    });
}

async function forgetOne(id: string, target: TargetOptions, dryRun?: true, yes?: true): Promise<void> {
  if (!/^[0-9a-f]{64}$/.test(id)) {
    throw new UsageError(`millrace forget: expected a document's id of 64 hexadecimal digits, found "${id}"`);
  }
  const asks = !dryRun && !yes;
  if (asks && (target.json || !process.stdin.isTTY)) {
    throw new UsageError("millrace forget: there is nobody to ask; add --yes, or --dry-run to look first");
  }
  const { adviceLines, forget, previewForget, previewLines } = await import("../care/forget.ts");
  const { tellBackups } = await import("../care/known_backups.ts");
  await withClient(target, async (client) => {
    const preview = await previewForget(client, id);
    if (!target.json) for (const line of previewLines(preview)) console.log(line);
    if (asks && !(await isConfirmed(id))) {
      console.error("That is another id: nothing was changed.");
      process.exitCode = 1;
      return;
    }
    const told: ToldBackups[] = [];
    const begun = async (erasure: Erasure): Promise<void> => {
      if (target.address === undefined) told.push(await tellBackups(target.dataDir, erasure));
    };
    const erasure = dryRun ? null : await forget(client, id, { tell, begun });
    const [backups = null] = told;
    print(target.json, { ...preview, erasure, backups }, () => [
      ...(erasure ? [`Forgotten: ${id}`] : ["Nothing was changed: this is a dry run."]),
      ...adviceLines(preview),
      ...(backups ? backupLines(backups) : []),
    ]);
  });
}

function tell(line: string): void {
  console.error(line);
}

function backupLines({ told, missing }: ToldBackups): string[] {
  return [
    ...told.map((file) => `Backup ${file} still holds it; a restore leaves it out.`),
    ...missing.map(
      (file) =>
        `Backup ${file} is not there any more; if you have it elsewhere, restore it with --erasures (millrace forget --list).`,
    ),
  ];
}

async function isConfirmed(id: string): Promise<boolean> {
  const reader = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return (await reader.question("Type the id again to erase this document for good: ")).trim() === id;
  } finally {
    reader.close();
  }
}

async function listAll(target: TargetOptions): Promise<void> {
  const { listErasures } = await import("../care/forget.ts");
  const erasures = await withReader(target, listErasures);
  for (const erasure of erasures) console.log(JSON.stringify(erasure));
}

async function forgetAll(file: string, target: TargetOptions, yes?: true): Promise<void> {
  const { readErasures } = await import("../care/erasure_file.ts");
  const { beginForgetting, untilForgotten } = await import("../care/forget.ts");
  const { tellBackups } = await import("../care/known_backups.ts");
  const erasures = await readErasures(file);
  if (!yes)
    throw new UsageError(`millrace forget --from ${file}: it names ${counted(erasures.length, "document")}; add --yes`);
  const forgotten = erasures.map(({ documentId }) => documentId);
  await withClient(target, async (client: Client) => {
    for (const { documentId, ...earlier } of erasures) {
      const erasure = await beginForgetting(client, documentId, earlier);
      if (target.address === undefined) await tellBackups(target.dataDir, erasure);
    }
    for (const documentId of forgotten) await untilForgotten(client, documentId, tell);
  });
  print(target.json, { forgotten }, () => [`Forgotten: ${counted(forgotten.length, "document")}`]);
}
