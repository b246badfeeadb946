import type { Command } from "commander";

export interface Word {
  readonly word: string;
  readonly description: string;
  /** Whether another word must follow it. */
  readonly takesValue: boolean;
}

/** What may follow one command. */
export interface Level {
  /** Words from the program's name on, the name left out; empty for the program itself. */
  readonly path: readonly string[];
  readonly commands: readonly Word[];
  /** Words that its arguments may be; empty where they are free. */
  readonly choices: readonly string[];
  readonly options: readonly Word[];
}

/** A command tree as lists of words, parents first. */
export function wordTree(command: Command, path: readonly string[] = []): Level[] {
  const help = command.createHelp();
  const commands = help.visibleCommands(command).map((one) => ({
    word: one.name(),
    description: one.description(),
    takesValue: false,
  }));
  const options = help.visibleOptions(command).map(({ long, short, description, required }) => ({
    word: long ?? short ?? "",
    description,
    takesValue: required,
  }));
  const choices = command.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []);
  const below = command.commands.flatMap((one) => wordTree(one, [...path, one.name()]));
  return [{ path, commands, choices, options }, ...below];
}
