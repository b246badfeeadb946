import { z } from "zod";

const POSITIVE = "expected a positive integer";
// Bounds of their own speak for themselves.
const wanted = { error: ({ code }: { code: string }) => (code === "invalid_type" ? POSITIVE : undefined) };
/** A whole number of at least 1, as recipes write it. */
export const positive = z.number(wanted).int({ error: POSITIVE }).positive({ error: POSITIVE });
