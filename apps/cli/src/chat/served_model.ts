import { z } from "zod";
import { type Reader, RequestError } from "../client.ts";

const Model = z.object({ id: z.string() });
const Models = z.object({ data: z.array(Model) });

/**
 * The name to talk to.
 * @param wanted As it was typed: a model, one of its versions or an alias. Default: the first that is served.
 * @throws {Error} If it is not served, or nothing is; it says what is.
 */
export async function servedModel(reader: Reader, wanted?: string): Promise<string> {
  if (wanted !== undefined && (await isServed(reader, wanted))) return wanted;
  const { data } = await reader.get("/v1/models", Models);
  const [first] = data;
  if (wanted === undefined && first !== undefined) return first.id;
  const found = data.length === 0 ? "none is served" : `served are ${data.map(({ id }) => id).join(", ")}`;
  throw new Error(`millrace chat: looking for ${wanted === undefined ? "a model" : `the model "${wanted}"`}: ${found}`);
}

async function isServed(reader: Reader, name: string): Promise<boolean> {
  try {
    await reader.get(`/v1/models/${encodeURIComponent(name)}`, Model);
    return true;
  } catch (error) {
    if (error instanceof RequestError && error.status === 404) return false;
    throw error;
  }
}
