import { expect, test } from "vitest";
import { type ConversationText, conversationPlaces } from "./conversation_places.ts";

type Message = Pick<ConversationText["turns"][number], "role"> & { readonly content: string };

/** As people read them. */
function textOf(messages: readonly Message[]): ConversationText {
  let text = "";
  const turns = messages.map(({ role, content }) => {
    text += `${text === "" ? "" : "\n\n"}${role}: `;
    const start = text.length;
    text += content;
    return { role, start, end: text.length };
  });
  return { text, turns };
}

test("conversationPlaces() finds each message, also one that says a role's name or that the template has trimmed", () => {
  const messages = [
    { role: "system", content: " You know mills.\n" },
    { role: "user", content: "user" },
    { role: "assistant", content: "You said: user. 🏞️" },
    { role: "user", content: "What turns the wheel?" },
    { role: "assistant", content: "The mill race." },
  ] as const;
  const conversation = textOf(messages);
  const written = messages.map(({ role, content }) => `<|im_start|>${role}\n${content.trim()}<|im_end|>\n`).join("");
  const shown = (from: number, to: number): string => {
    const { start, end } = conversationPlaces(written, conversation)(from, to);
    return conversation.text.slice(start, end);
  };
  for (const part of ["know mills", "said: user. 🏞️", "What turns the wheel?", "mill race"]) {
    const from = written.indexOf(part);
    expect(shown(from, from + part.length)).toBe(part);
  }
  const ofUser = written.indexOf("user\nuser") + 5;
  expect(shown(ofUser, ofUser + 4)).toBe("user");
  expect(conversationPlaces(written, conversation)(ofUser, ofUser + 4).start).toBe(conversation.turns[1]?.start);
  // From within one message to within the next one, in the words of the text.
  expect(shown(written.indexOf("wheel?"), written.indexOf(" race."))).toBe("wheel?\n\nassistant: The mill");
  expect(shown(0, written.length)).toBe(conversation.text.slice("system:  ".length));
  // Nothing that anybody said.
  expect(shown(0, 5)).toBe("");
});
