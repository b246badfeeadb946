/**
 * A process that renders chat templates. A thread would not do: where a template makes a thread run out of memory, V8 ends the whole
 * process, and this one has nothing to lose.
 */
import { createContext, Script } from "node:vm";
import { Template } from "@huggingface/jinja";
import type { ChatTemplate, Likeness, RenderedChat, Rendering, TemplateMessage } from "../template.ts";

/** What a process is asked for. */
export interface RenderRequest {
  readonly template: ChatTemplate;
  readonly messages: readonly TemplateMessage[];
  readonly renderings: readonly [Rendering, ...Rendering[]];
}

/** What that comes to. */
export type Rendered = RenderedChat | { readonly fault: "messages" | "template"; readonly message: string };

/** Of one text. */
const RENDER_MS = 1000;

/**
 * Templates may write the date. It is always this one, which Llama's templates name where there is no clock: else what is trained would
 * depend on the day, and differ from what is served.
 */
const FIXED_TIME = Date.UTC(2024, 6, 26, 12);
globalThis.Date = class extends Date {
  constructor() {
    super(FIXED_TIME);
  }
} as DateConstructor;

// Not for its context, which is no fence: for the time limit, which ends whatever is called from it.
const context = createContext({});
const script = new Script("render()");

function within(render: () => string): string {
  context["render"] = render;
  return script.runInContext(context, { timeout: RENDER_MS }) as string;
}

function rendered({ template: { template, specialTokens }, messages, renderings }: RenderRequest): Rendered {
  let fault: "messages" | "template" = "template";
  let parsed: Template | undefined;
  const render = ({ upTo, forAnswer }: Rendering): string =>
    within(() => {
      parsed ??= new Template(template);
      fault = "messages";
      const given = { messages: messages.slice(0, upTo), add_generation_prompt: forAnswer };
      return parsed.render({ ...specialTokens, ...given });
    });
  try {
    const [first, ...others] = renderings;
    const text = render(first);
    return { text, others: others.map((one) => likeness(render(one), text)) };
  } catch (error) {
    const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
    if (code === "ERR_SCRIPT_EXECUTION_TIMEOUT") fault = "template";
    return { fault, message: String(message).slice(0, 1000) };
  }
}

function likeness(text: string, first: string): Likeness {
  const most = Math.min(text.length, first.length);
  let common = 0;
  while (common < most && text[common] === first[common]) common += 1;
  return { length: text.length, common };
}

// They go to the whole group: whoever started this process ends it once nothing waits for it.
process.on("SIGINT", () => {}).on("SIGTERM", () => {});
process.on("message", (request: RenderRequest) => process.send?.(rendered(request)));
