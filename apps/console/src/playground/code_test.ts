/** The code is run as users run it, and what arrives is compared with what was asked. */
import { execFile, execFileSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Asked, requestFor } from "./asked.ts";
import { type Code, codeFor } from "./code.ts";

const run = promisify(execFile);
const PROMPT = `It's "quoted" \\ $HOME $(id) \`id\`\nnée 🔑 %s {{x}} </script> ${"\u2028"}'`;
const KEY = `mr_${"1".repeat(64)}`;

/** Takes requests and answers in OpenAI's form; what the gateway itself makes of them is tested with it. */
let server: Server;
let baseUrl: string;
const arrived: { path: string | undefined; key: string | undefined; body: Record<string, unknown> }[] = [];
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "millrace-code-"));
  server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const body = JSON.parse(Buffer.concat(parts).toString()) as Record<string, unknown>;
    arrived.push({ path: request.url, key: request.headers.authorization, body });
    const choice = request.url === "/v1/completions" ? { text: " a token" } : { delta: { content: " a token" } };
    if (body["stream"] !== true) return response.end(JSON.stringify({ choices: [choice] }));
    response.setHeader("content-type", "text/event-stream");
    response.end(`data: ${JSON.stringify({ choices: [{ index: 0, ...choice }] })}\n\ndata: [DONE]\n\n`);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
});
afterAll(async () => {
  server.close();
  await rm(folder, { recursive: true });
});

/** What is not on the machine cannot be tried. */
const TOOLS = { curl: "curl", "openai-js": "node", "openai-python": "python3" } as const;
const names = (Object.keys(TOOLS) as Code["name"][]).filter((name) => {
  try {
    execFileSync(TOOLS[name], ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    console.warn(`the code for ${name} is not run: no ${TOOLS[name]} on the path`);
    return false;
  }
});

/** A module of OpenAI's name and form, which sends what it is asked: the real one is not installed everywhere. */
const PYTHON_OPENAI = `
import json, types, urllib.request
class Asking:
    def __init__(self, client, path):
        self.client, self.path = client, path
    def create(self, **body):
        headers = {"Authorization": "Bearer " + self.client.api_key, "Content-Type": "application/json"}
        request = urllib.request.Request(self.client.base_url + self.path, json.dumps(body).encode(), headers)
        with urllib.request.urlopen(request) as answer:
            for line in answer:
                if line.startswith(b"data: {"):
                    read = lambda one: types.SimpleNamespace(**one)
                    yield json.loads(line[6:], object_hook=read)
class OpenAI:
    def __init__(self, base_url, api_key):
        self.base_url, self.api_key = base_url, api_key
        self.completions = Asking(self, "/completions")
        self.chat = types.SimpleNamespace(completions=Asking(self, "/chat/completions"))
`;

async function ran({ name, text }: Code): Promise<string> {
  const env = { ...process.env, MILLRACE_API_KEY: KEY, PYTHONPATH: folder };
  if (name === "curl") return (await run("sh", ["-c", text.replace("curl ", "curl -s ")], { env })).stdout;
  if (name === "openai-js") return (await run("node", ["--input-type=module", "-e", text], { env })).stdout;
  await writeFile(join(folder, "openai.py"), PYTHON_OPENAI);
  return (await run("python3", ["-c", text], { env })).stdout;
}

describe.each(["complete", "chat"] as const)("the code to %s", (mode) => {
  const asked = Asked.parse({ mode, prompt: PROMPT, maxTokens: "12", temperature: "0.5", seed: "7" });
  const request = requestFor("docs@3", asked);
  test.each(names)("in %s sends what was asked, to the letter", async (name) => {
    arrived.length = 0;
    const code = codeFor(baseUrl, request).find((one) => one.name === name) as Code;
    expect(await ran(code)).toContain(" a token");
    const stream = name === "curl" ? {} : { stream: true };
    expect(arrived).toEqual([{ path: request.path, key: `Bearer ${KEY}`, body: { ...request.body, ...stream } }]);
  });
});
