import { afterAll, describe, expect, test } from "vitest";
import { templateProcess } from "./template_process.ts";

const renderer = templateProcess();
afterAll(() => renderer.close());

const messages = [{ role: "user" as const, content: "hello" }];
async function render(template: string, specialTokens: Record<string, string> = {}): Promise<string | undefined> {
  return (await renderer.render({ template, specialTokens }, [{ messages, forAnswer: true }]))[0];
}

test("templateProcess() renders a template of a published model, with its special tokens", async () => {
  const chatMl =
    "{{ bos_token }}{% for message in messages %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}" +
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";
  expect(await render(chatMl, { bos_token: "<s>" })).toBe(
    "<s><|im_start|>user\nhello<|im_end|>\n<|im_start|>assistant\n",
  );
});

test("templateProcess() renders several conversations with one template, to their end or up to an answer", async () => {
  const template = "{% for m in messages %}{{ m.content }}.{% endfor %}{% if add_generation_prompt %}>{% endif %}";
  const both = [
    { messages, forAnswer: true },
    { messages: [...messages, { role: "assistant" as const, content: "hi" }], forAnswer: false },
  ];
  expect(await renderer.render({ template, specialTokens: {} }, both)).toEqual(["hello.>", "hello.hi."]);
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
