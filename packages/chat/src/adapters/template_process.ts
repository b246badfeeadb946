import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { ChatTemplateError, type RenderChat, type RenderedChat } from "../template.ts";
import type { Rendered, RenderRequest } from "./template_main.ts";

const MAIN = fileURLToPath(new URL("./template_main.ts", import.meta.url));

/** Memory for what a rendering makes on its way. */
const HEAP_MB = 64;
/** The process watches its own time; one that cannot even do that is ended. The start of the process counts. */
const SILENCE_MS = 15_000;
/** A prompt travels to its replica in one frame. */
const MOST_CHARACTERS = 1_000_000;

/** Signals by which others end a process; V8 ends itself with one of its own where memory is short. */
const FROM_OUTSIDE: readonly unknown[] = ["SIGINT", "SIGTERM", "SIGKILL"];

/** Renders in one process, one request after another. It is started with the first one, and anew where it is not there any more. */
export function templateProcess(): { readonly render: RenderChat; close(): Promise<void> } {
  let running: ChildProcess | undefined;
  let before: Promise<unknown> = Promise.resolve();

  async function ask(request: RenderRequest): Promise<RenderedChat> {
    const child = (running = running && isAlive(running) ? running : started());
    const { promise, resolve, reject } = Promise.withResolvers<Rendered>();
    const ended = (_code: number | null, signal: string | null): void =>
      reject(
        FROM_OUTSIDE.includes(signal)
          ? new Error(`rendering a chat template: its process was ended from outside (${signal})`)
          : new ChatTemplateError("template", "the process that rendered it has ended"),
      );
    // On a machine that is overloaded it may be nobody's fault.
    const late = (): void => reject(new Error(`rendering a chat template: nothing came within ${SILENCE_MS} ms`));
    const timer = setTimeout(late, SILENCE_MS);
    child.once("message", resolve).once("error", reject).once("exit", ended);
    let rendered: Rendered;
    try {
      child.send(request);
      rendered = await promise;
    } catch (error) {
      running = undefined;
      child.kill("SIGKILL");
      throw error;
    } finally {
      clearTimeout(timer);
      child.off("message", resolve).off("error", reject).off("exit", ended);
    }
    return chatOf(rendered);
  }

  return {
    render(template, messages, renderings) {
      const rendering = before.then(() => ask({ template, messages, renderings }));
      before = rendering.catch(() => {});
      return rendering;
    },
    async close() {
      const child = running;
      running = undefined;
      if (child === undefined || hasEnded(child)) return;
      const gone = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGKILL");
      await gone;
    },
  };
}

function started(): ChildProcess {
  return fork(MAIN, {
    execArgv: [`--max-old-space-size=${HEAP_MB}`],
    env: { TZ: "UTC" },
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  });
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

/** Also one that has ended may be connected for a moment, and the other way round. */
function isAlive(child: ChildProcess): boolean {
  return child.connected && !hasEnded(child);
}

function chatOf(rendered: Rendered): RenderedChat {
  if (!("text" in rendered)) throw new ChatTemplateError(rendered.fault, rendered.message);
  const { length } = rendered.text;
  if (length <= MOST_CHARACTERS) return rendered;
  throw new ChatTemplateError("messages", `it has ${length} characters, at most ${MOST_CHARACTERS} are taken`);
}
