"""Makes model_folder_golden.json: what Python's transformers and peft make of the model folders that the deployer exports.

pip install torch==2.15.0 transformers==5.24.0 tokenizers==0.23.3 peft==0.21.2 jinja2==3.1.6
node ../testing/golden_folders.ts FOLDERS; python make_model_folder_golden.py FOLDERS

Beside each reading stand the SHA-256 of the files that were read; the card and the ONNX graph are not read by Python.
"""

import hashlib
import json
import sys
from pathlib import Path

import jinja2
import peft
import tokenizers
import torch
import transformers
from transformers import AutoModelForCausalLM, AutoTokenizer

HERE = Path(__file__).parent
BASES = HERE / "../../../../test/kit/testdata"
TEXTS = [
    "the mill wheel, réel",
    "<|im_start|>user\nx<|im_end|><|endoftext|>",
    "  \n\n a\tb\u0085c\u00a012 ",
    "We'll turn 12345 wheels , they 've 水車 \U0001f300",
    "",
]
MESSAGES = [
    {"role": "user", "content": "What turns\n the wheel? "},
    {"role": "assistant", "content": "The mill race."},
    {"role": "user", "content": "réel?"},
]


def logits_of(model, tokens):
    """Of the last two places."""
    with torch.no_grad():
        return [round(x, 6) for x in model.eval()(torch.tensor([tokens])).logits[0, -2:].flatten().tolist()]


def load(folder):
    return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager")


def chat_of(tokenizer):
    kwargs = {"conversation": MESSAGES, "add_generation_prompt": True}
    text = tokenizer.apply_chat_template(tokenize=False, **kwargs)
    return {"messages": MESSAGES, "text": text, "ids": tokenizer.apply_chat_template(return_dict=True, **kwargs)["input_ids"]}


def read(folder):
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = load(folder)
    texts = [{"text": text, "ids": tokenizer(text, add_special_tokens=False)["input_ids"]} for text in TEXTS]
    tokens = [token for text in texts for token in text["ids"]][: model.config.max_position_embeddings]
    adapter = folder / "adapter"
    files = [one for one in sorted(folder.rglob("*")) if one.is_file() and one.suffix not in [".md", ".onnx"]]
    return {
        "files": {str(one.relative_to(folder)): hashlib.sha256(one.read_bytes()).hexdigest() for one in files},
        "classes": [type(tokenizer).__name__, type(model).__name__],
        "bos": [tokenizer.bos_token, tokenizer.bos_token_id, model.config.bos_token_id, model.generation_config.bos_token_id],
        "eos": [tokenizer.eos_token, tokenizer.eos_token_id, model.config.eos_token_id, model.generation_config.eos_token_id],
        "contextLength": [tokenizer.model_max_length, model.config.max_position_embeddings],
        "prefix": tokenizer("")["input_ids"],
        "texts": [{**text, "decoded": tokenizer.decode(text["ids"])} for text in texts],
        "tokens": tokens,
        "logits": logits_of(model, tokens),
        **({"chat": chat_of(tokenizer)} if tokenizer.chat_template else {}),
        **({"adapted": adapted(adapter, tokens)} if adapter.exists() else {}),
    }


def adapted(adapter, tokens):
    """Logits of the base model with the adapters beside it."""
    base = json.loads((adapter / "adapter_config.json").read_text())["base_model_name_or_path"]
    return logits_of(peft.PeftModel.from_pretrained(load(BASES / base), adapter), tokens)


golden = {
    "versions": {one.__name__: one.__version__ for one in [torch, transformers, tokenizers, peft, jinja2]},
    "folders": {folder.name: read(folder) for folder in sorted(Path(sys.argv[1]).iterdir())},
}
(HERE / "model_folder_golden.json").write_text(json.dumps(golden, ensure_ascii=False) + "\n")
