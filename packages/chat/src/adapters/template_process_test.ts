import type { ChildProcess } from "node:child_process";
import diagnostics from "node:diagnostics_channel";
import { once } from "node:events";
import { afterAll, describe, expect, test } from "vitest";
import { templateProcess } from "./template_process.ts";

const renderer = templateProcess();
const started: ChildProcess[] = [];
const onStart = (message: unknown): void => void started.push((message as { process: ChildProcess }).process);
diagnostics.subscribe("child_process", onStart);
afterAll(async () => {
  diagnostics.unsubscribe("child_process", onStart);
  await renderer.close();
});

const messages = [{ role: "user" as const, content: "hello" }];
async function render(template: string, specialTokens: Record<string, string> = {}): Promise<string> {
  return (await renderer.render({ template, specialTokens }, messages, [{ upTo: 1, forAnswer: true }])).text;
}

test("templateProcess() renders a template of a published model, with its special tokens", async () => {
  const chatMl =
    "{{ bos_token }}{% for message in messages %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}" +
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";
  expect(await render(chatMl, { bos_token: "<s>" })).toBe(
    "<s><|im_start|>user\nhello<|im_end|>\n<|im_start|>assistant\n",
  );
});

test("templateProcess() renders a conversation and its beginnings, and tells how far they are alike", async () => {
  const template = "{% for m in messages %}{{ m.content }}.{% endfor %}{% if add_generation_prompt %}>{% endif %}";
  const conversation = [...messages, { role: "assistant" as const, content: "hi" }];
  const rendered = await renderer.render({ template, specialTokens: {} }, conversation, [
    { upTo: 2, forAnswer: false },
    { upTo: 1, forAnswer: true },
    { upTo: 1, forAnswer: false },
  ]);
  expect(rendered).toEqual({
    text: "hello.hi.",
    others: [
      { length: 7, common: 6 },
      { length: 6, common: 6 },
    ],
  });
});

test("templateProcess() renders the largest conversation that is read", async () => {
  const template = "{% for m in messages %}{{ m.role + m.content }}{% endfor %}";
  const conversation = Array.from({ length: 256 }, (_, at) => ({
    role: at % 2 === 0 ? ("user" as const) : ("assistant" as const),
    content: "\u00e4\u20ac".repeat(780),
  }));
  const others = Array.from({ length: 256 }, (_, at) => ({ upTo: at + 1, forAnswer: false }));
  const rendered = await renderer.render({ template, specialTokens: {} }, conversation, [
    { upTo: 256, forAnswer: false },
    ...others,
  ]);
  expect(rendered.others.at(-1)).toEqual({ length: rendered.text.length, common: rendered.text.length });
});

test("templateProcess() is not ended by what ends the group, and starts anew what was ended between two requests", async () => {
  await render("{{ 1 }}");
  const before = started.length;
  started.at(-1)?.kill("SIGTERM");
  for (const _ of [1, 2]) expect(await render("{{ messages[0].content }}")).toBe("hello");
  expect(started).toHaveLength(before);
  const child = started.at(-1) as ChildProcess;
  child.kill("SIGKILL");
  await once(child, "exit");
  expect(await render("{{ messages[0].content }}")).toBe("hello");
  expect(started).toHaveLength(before + 1);
});

test("templateProcess() does not blame the template for a process that was ended from outside", async () => {
  await render("{{ 1 }}");
  const child = started.at(-1) as ChildProcess;
  // So that it has the request, and does not answer it.
  child.kill("SIGSTOP");
  const rendering = render("{{ 1 }}");
  await new Promise((resolve) => setImmediate(resolve));
  child.kill("SIGKILL");
  await expect(rendering).rejects.toMatchObject({ name: "Error", message: /from outside \(SIGKILL\)/ });
});

test("templateProcess() tells templates always the same day", async () => {
  expect(await render('{{ strftime_now("%d %b %Y") }}')).toBe("26 Jul 2024");
});

describe("hostile templates", () => {
  test.each([
    ["that does not end", "{% for i in range(1000000000) %}{% endfor %}"],
    [
      "that fills memory",
      "{% set ns = namespace(l=['a']) %}{% for i in range(99) %}{% set ns.l = ns.l + ns.l %}{% endfor %}",
    ],
    ["that is no template", "{% for %}"],
  ])("templateProcess() gives a template up %s, and goes on with the next", async (_, template) => {
    await expect(render(template)).rejects.toMatchObject({ name: "ChatTemplateError", fault: "template" });
    expect(await render("{{ messages[0].content }}")).toBe("hello");
  });

  test("templateProcess() refuses a prompt that is too long to travel", async () => {
    const long =
      "{% set ns = namespace(s='hello') %}{% for i in range(18) %}{% set ns.s = ns.s + ns.s %}{% endfor %}{{ ns.s }}";
    await expect(render(long)).rejects.toMatchObject({ fault: "messages" });
  });

  test.each(["process", "require", "globalThis", "constructor", "messages.constructor", "''.__proto__.constructor"])(
    "templateProcess() lets a template see nothing of the program: %s",
    async (name) => {
      const seen = await render(`{{ ${name} is defined }}|{{ ${name} }}`).catch((error: unknown) => error);
      expect(String(seen)).not.toMatch(/function|native code|\[object/);
    },
  );
});
