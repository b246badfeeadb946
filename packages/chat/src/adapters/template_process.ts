import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { ChatTemplateError, type RenderChat } from "../template.ts";
import type { Rendered, RenderRequest } from "./template_main.ts";

const MAIN = fileURLToPath(new URL("./template_main.ts", import.meta.url));

/** Memory for what a rendering makes on its way. */
const HEAP_MB = 64;
/** The process watches its own time; one that cannot even do that is ended. The start of the process counts. */
const SILENCE_MS = 15_000;
/** A prompt travels to its replica in one frame. */
const MOST_CHARACTERS = 1_000_000;

/** Renders in one process, one request after another. It is started with the first one, and anew after it had to be ended. */
export function templateProcess(): { readonly render: RenderChat; close(): Promise<void> } {
  let running: ChildProcess | undefined;
  let before: Promise<unknown> = Promise.resolve();

  async function ask(request: RenderRequest): Promise<readonly string[]> {
    const child = (running ??= fork(MAIN, {
      execArgv: [`--max-old-space-size=${HEAP_MB}`],
      env: { TZ: "UTC" },
      stdio: ["ignore", "ignore", "ignore", "ipc"],
    }));
    const { promise, resolve, reject } = Promise.withResolvers<Rendered>();
    const ended = (): void => reject(new Error("the process that rendered it has ended"));
    const timer = setTimeout(() => reject(new Error(`nothing came within ${SILENCE_MS} ms`)), SILENCE_MS);
    child.once("message", resolve).once("error", reject).once("exit", ended);
    try {
      child.send(request);
      return textsOf(await promise);
    } catch (error) {
      if (error instanceof ChatTemplateError) throw error;
      running = undefined;
      child.kill("SIGKILL");
      throw new ChatTemplateError("template", error instanceof Error ? error.message : String(error));
    } finally {
      clearTimeout(timer);
      child.off("message", resolve).off("error", reject).off("exit", ended);
    }
  }

  return {
    render(template, renderings) {
      const rendering = before.then(() => ask({ template, renderings }));
      before = rendering.catch(() => {});
      return rendering;
    },
    async close() {
      const child = running;
      running = undefined;
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
      const gone = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGKILL");
      await gone;
    },
  };
}

function textsOf(rendered: Rendered): readonly string[] {
  if (!("texts" in rendered)) throw new ChatTemplateError(rendered.fault, rendered.message);
  const long = rendered.texts.find(({ length }) => length > MOST_CHARACTERS);
  if (long === undefined) return rendered.texts;
  throw new ChatTemplateError("messages", `it has ${long.length} characters, at most ${MOST_CHARACTERS} are taken`);
}
