/** The same request from a shell, from JavaScript and from Python. */
import { shellWord } from "@millrace/contracts";
import type { OpenAiRequest } from "./asked.ts";

export interface Code {
  readonly name: "curl" | "openai-js" | "openai-python";
  readonly text: string;
}

/** The environment variable that the key is taken from: no key is ever written into code. */
const KEY = "MILLRACE_API_KEY";

/**
 * Writes a request in three ways.
 * @param baseUrl Of the API, with `/v1`.
 */
export function codeFor(baseUrl: string, request: OpenAiRequest): readonly Code[] {
  return [
    { name: "curl", text: curl(baseUrl, request) },
    { name: "openai-js", text: javascript(baseUrl, request) },
    { name: "openai-python", text: python(baseUrl, request) },
  ];
}

function curl(baseUrl: string, { path, body }: OpenAiRequest): string {
  return [
    `curl ${shellWord(baseUrl + path.slice("/v1".length))}`,
    `-H "Authorization: Bearer $${KEY}"`,
    `-H "Content-Type: application/json"`,
    `-d ${shellWord(JSON.stringify(body))}`,
  ].join(" \\\n  ");
}

function javascript(baseUrl: string, { path, body }: OpenAiRequest): string {
  const isChat = path === "/v1/chat/completions";
  const [method, piece] = isChat ? ["chat.completions", "delta?.content"] : ["completions", "text"];
  return `import OpenAI from "openai";

const { env, stdout } = process;
const client = new OpenAI({ baseURL: ${JSON.stringify(baseUrl)}, apiKey: env.${KEY} });
const stream = await client.${method}.create(${JSON.stringify({ ...body, stream: true }, null, 2)});
for await (const { choices } of stream) stdout.write(choices[0]?.${piece} ?? "");
`;
}

function python(baseUrl: string, { path, body }: OpenAiRequest): string {
  const isChat = path === "/v1/chat/completions";
  const [method, piece] = isChat ? ["chat.completions", "delta.content"] : ["completions", "text"];
  // What is asked are texts, numbers, lists and records: Python writes those as JSON does.
  const settings = Object.entries(body).map(([name, value]) => `    ${name}=${JSON.stringify(value)},`);
  return `import os
from openai import OpenAI

client = OpenAI(base_url=${JSON.stringify(baseUrl)}, api_key=os.environ["${KEY}"])
stream = client.${method}.create(
${settings.join("\n")}
    stream=True,
)
for chunk in stream:
    if chunk.choices:
        print(chunk.choices[0].${piece} or "", end="", flush=True)
`;
}
