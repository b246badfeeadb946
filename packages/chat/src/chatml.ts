/** ChatML: how conversations are written where a model does not say. */
import type { ChatTemplate } from "./template.ts";

/** The special tokens that ChatML writes; a tokenizer that does not know them cannot keep turns apart. */
export const CHATML_TOKENS = ["<|im_start|>", "<|im_end|>"] as const;

export const CHATML: ChatTemplate = {
  template:
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n' }}" +
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}",
  specialTokens: {},
};

/** What ChatML writes itself, special tokens aside: text that a tokenizer has to know before it has read any. */
export const CHATML_TEXT = "system\nuser\nassistant\n";
