"""Writes golden.json: conversations as Python's transformers tokenizes them, and the tokens that its masks say are the assistant's.

pip install transformers==5.24.0 tokenizers==0.23.3
python make_golden.py

The tokenizer is that of test/kit/testdata/tiny-llama with ChatML's two tokens added. Templates are given twice: `masked` marks answers
for transformers, `template` is the same without the marks, as models have it.
"""

import json
import re
from pathlib import Path

import tokenizers
import transformers
from transformers import PreTrainedTokenizerFast

HERE = Path(__file__).parent
TINY = HERE / "../../../../test/kit/testdata/tiny-llama"

MASKED = {
    "chatml": (
        "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' }}"
        "{% if message['role'] == 'assistant' %}{% generation %}{{ message['content'] + '<|im_end|>' }}{% endgeneration %}"
        "{% else %}{{ message['content'] + '<|im_end|>' }}{% endif %}{{ '\n' }}{% endfor %}"
        "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
    ),
    "trimmed": (
        "{{- bos_token }}{%- if messages[0].role != 'system' %}{{- '<|im_start|>system\n\nBe brief.<|im_end|>' }}{%- endif %}"
        "{%- for message in messages %}{{- '<|im_start|>' + message.role + '\n\n' }}{% generation %}"
        "{{- message.content | trim + '<|im_end|>' }}{% endgeneration %}{%- endfor %}"
        "{%- if add_generation_prompt %}{{- '<|im_start|>assistant\n\n' }}{%- endif %}"
    ),
    "instructions": (
        "{{ bos_token }}{% for message in messages %}{% if message.role == 'assistant' %}"
        "{% generation %}{{ ' ' + message.content + eos_token }}{% endgeneration %}"
        "{% else %}{{ '[INST] ' + message.content + ' [/INST]' }}{% endif %}{% endfor %}"
    ),
}
CONVERSATIONS = [
    [["user", "What turns the wheel?"], ["assistant", "The mill race."]],
    [
        ["system", "You know mills."],
        ["user", "How many?"],
        ["assistant", "12 wheels,\n\nand 3 stones.  "],
        ["user", "  Und in M\u00fcnchen? \u6c34\u8eca \U0001f300"],
        ["assistant", "\u6c34\u8eca: 7 \U0001f300"],
    ],
    [["user", "{{ messages }} {% if %}"], ["assistant", "-"], ["user", "x"], ["assistant", "y z"]],
]


def main():
    document = json.loads((TINY / "tokenizer.json").read_text())
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    for token in ["<|im_start|>", "<|im_end|>"]:
        document["added_tokens"].append({"id": len(document["model"]["vocab"]) + len(document["added_tokens"]) - 2, "content": token, **flags})
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizers.Tokenizer.from_str(json.dumps(document)),
        bos_token="<|begin_of_text|>", eos_token="<|end_of_text|>",
    )
    cases = []
    for name, masked in MASKED.items():
        template = re.sub(r"{%-? (?:end)?generation %}", "", masked)
        for conversation in CONVERSATIONS:
            messages = [{"role": role, "content": content} for role, content in conversation]
            whole = fast.apply_chat_template(
                messages, chat_template=masked, tokenize=True, return_dict=True, return_assistant_tokens_mask=True
            )
            plain = fast.apply_chat_template(messages, chat_template=template, tokenize=True, return_dict=True)
            assert plain["input_ids"] == whole["input_ids"]
            prompt = fast.apply_chat_template(
                messages[:-1], chat_template=template, tokenize=True, return_dict=True, add_generation_prompt=True
            )
            mask = whole["assistant_masks"]
            starts = [at for at, one in enumerate(mask) if one and (at == 0 or not mask[at - 1])]
            spans = [[at, next((end for end in range(at, len(mask)) if not mask[end]), len(mask))] for at in starts]
            # There the marks stand around all messages.
            if name == "trimmed":
                spans = [span for span, message in zip(spans, messages) if message["role"] == "assistant"]
            cases.append({
                "template": name, "messages": messages, "ids": whole["input_ids"], "prompt": prompt["input_ids"], "answers": spans,
            })
    golden = {
        "versions": {"transformers": transformers.__version__, "tokenizers": tokenizers.__version__},
        "added": document["added_tokens"][-2:],
        "templates": {name: re.sub(r"{%-? (?:end)?generation %}", "", masked) for name, masked in MASKED.items()},
        "cases": cases,
    }
    (HERE / "golden.json").write_text(json.dumps(golden, indent=1) + "\n")


main()
