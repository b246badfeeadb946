"""Makes others_golden.json: byte-level BPE tokenizers as others have them, and what the reference library makes of awkward texts.

pip install tokenizers==0.23.3
python make_others_golden.py

The splits are those of GPT-2, SmolLM (digits apart), Llama 3 (merges are passed over where a word is a token) and Qwen 2.
"""

import json
from pathlib import Path

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

HERE = Path(__file__).parent
LLAMA3 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
BYTES = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
GPT2 = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
SPLITS = {
    "gpt2": GPT2,
    "smollm": pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), GPT2]),
    "llama3": pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(LLAMA3), "isolated"), BYTES]),
    "qwen2": pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(LLAMA3.replace("{1,3}", "")), "isolated"), BYTES]),
}
TEXTS = [
    "", " ", "  ", "a", "The mill race turns the wheel.", "We've 12 cats' toys,  it's\n\n all 'llama", "IT'S I'LL don'T 'Sx",
    "'\u017fx \u212aelvin 'LL'\u017f", "1234567 and 12 345.67e-8 \u0663\u0664\u0665 \u00bd \u2167 x1y22z333", "tabs\t\tand\r\nreturns\r\r\n\n  end  ",
    "   leading", "trailing   ", "\u0085\u00a0\u3000\u200b\ufeff mixed \u2028 blanks", "e\u0301 \u00e9 \u6c34\u8eca \U0001f600\U0001f44d\U0001f3fd \u0431\u044b\u043b",
    "def f(x):\n    return x  # note\n\n\n", "!!!???...\n\n---\n***", "<|end|><|end|> x <|endoftext|>y", "a    b  c", "\x00\x01\x7f", "x" * 70,
    "wheelwheel wheel  wheel\nwheel", "http://example.org/a?b=c&d=%20#e", "$1,000.00 (50%)", "\u0e01\u0e33 \u0928\u093f \uac00\u1100\u1161",
]


def main():
    sample = (HERE / "sample.txt").read_text()
    golden = []
    for name, split in SPLITS.items():
        tokenizer = Tokenizer(models.BPE(ignore_merges=name == "llama3"))
        tokenizer.pre_tokenizer = split
        tokenizer.decoder = decoders.ByteLevel()
        trainer = trainers.BpeTrainer(
            vocab_size=460, special_tokens=["<|endoftext|>", "<|end|>"], show_progress=False,
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        )
        tokenizer.train_from_iterator([sample, "123 456 12 we've it's\n\n\n    x = 1\n" * 20], trainer)
        tokenizer.add_tokens([AddedToken("    ", normalized=False, special=False), AddedToken("  ", normalized=False)])
        file = json.loads(tokenizer.to_str())
        if name == "llama3":
            # Llama 3's file has tokens that no merge leads to.
            vocab = file["model"]["vocab"]
            vocab["wheelwheel"] = len(vocab)
            tokenizer = Tokenizer.from_str(json.dumps(file))
            file = json.loads(tokenizer.to_str())
        golden.append(
            {
                "name": name,
                "json": json.dumps(file, ensure_ascii=False),
                "texts": [
                    {
                        "text": text,
                        "ids": tokenizer.encode(text, add_special_tokens=False).ids,
                        "decoded": tokenizer.decode(
                            tokenizer.encode(text, add_special_tokens=False).ids, skip_special_tokens=False
                        ),
                    }
                    for text in TEXTS
                ],
            }
        )
    (HERE / "others_golden.json").write_text(json.dumps(golden, ensure_ascii=False) + "\n")


main()
