"""Makes the small model folders of this folder with Python's transformers, as people save them.

pip install torch==2.15.0 transformers==5.24.0 tokenizers==0.23.3 safetensors==0.8.0
python make_base_models.py

tiny-gpt2: one token before and after a text, float32, one file. tiny-llama: two such tokens, grouped queries, bfloat16 in shards, a vocabulary
that is padded, a chat template. Each has `golden.json`, which is not of the model: tokens and the loss that PyTorch computes of them.
"""

import json
from pathlib import Path

import torch
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

HERE = Path(__file__).parent
TEXTS = [(HERE / "../../recipes/tiny/mill.md").read_text(), (HERE / "../../../docs/architecture.md").read_text()]
LLAMA3 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
CHAT = (
    "{{ bos_token }}{% for message in messages %}<|{{ message['role'] }}|>\n{{ message['content'] }}{{ eos_token }}\n"
    "{% endfor %}{% if add_generation_prompt %}<|assistant|>\n{% endif %}"
)


def byte_level(special, size):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size, special_tokens=special, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    return tokenizer, trainer


def save(name, model, tokenizer, card, **kwargs):
    folder = HERE / name
    model.save_pretrained(folder, **kwargs)
    tokenizer.save_pretrained(folder)
    (folder / "README.md").write_text(card)
    tokens = tokenizer("The mill race turns the wheel, and 1234 wheels turn. ", add_special_tokens=False)["input_ids"][:24]
    with torch.no_grad():
        loss = model.float().eval()(torch.tensor([tokens]), labels=torch.tensor([tokens])).loss.item()
    (folder / "golden.json").write_text(json.dumps({"tokens": tokens, "loss": round(loss, 6)}) + "\n")


def main():
    torch.manual_seed(7)
    tokenizer, trainer = byte_level(["<|endoftext|>"], 384)
    tokenizer.train_from_iterator(TEXTS, trainer)
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=False)
    end = {"bos_token": "<|endoftext|>", "eos_token": "<|endoftext|>", "unk_token": "<|endoftext|>"}
    config = GPT2Config(
        vocab_size=384, n_positions=48, n_embd=16, n_layer=2, n_head=2, bos_token_id=0, eos_token_id=0,
        attn_pdrop=0.0, embd_pdrop=0.0, resid_pdrop=0.0, initializer_range=0.3,
    )
    card = "---\nlicense: apache-2.0\nlanguage: en\n---\n\n# Tiny GPT-2\n\nRandom weights, for tests.\n"
    save("tiny-gpt2", GPT2LMHeadModel(config), PreTrainedTokenizerFast(tokenizer_object=tokenizer, **end), card)

    tokenizer, trainer = byte_level(["<|begin_of_text|>", "<|end_of_text|>"], 360)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(LLAMA3), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.train_from_iterator(TEXTS, trainer)
    tokenizer.post_processor = processors.Sequence(
        [
            processors.ByteLevel(trim_offsets=False),
            processors.TemplateProcessing(single="<|begin_of_text|> $A", special_tokens=[("<|begin_of_text|>", 0)]),
        ]
    )
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token="<|begin_of_text|>", eos_token="<|end_of_text|>", chat_template=CHAT
    )
    config = LlamaConfig(
        vocab_size=368, hidden_size=16, intermediate_size=32, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, max_position_embeddings=64, rope_theta=50000.0, tie_word_embeddings=True, bos_token_id=0,
        eos_token_id=1, initializer_range=0.3,
    )
    card = "---\nlicense: other\nlicense_name: a-licence-of-its-own\n---\n\n# Tiny Llama\n\nRandom weights, for tests.\n"
    save("tiny-llama", LlamaForCausalLM(config).to(torch.bfloat16), fast, card, max_shard_size="16KB")


main()
