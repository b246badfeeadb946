"""Makes huggingface_golden.json: pip install tokenizers==0.23.3; python make_golden.py"""

import json
from pathlib import Path

import tokenizers
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

HERE = Path(__file__).parent
PATTERN = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
PROBES = [
    "the mill wheel turns",
    "We'll turn 12 wheels, they've turned 3.",
    " leading, trailing ",
    "line\n\n\n  indented\r\n\tcode",
    "\ufeffbom, \u0085 next line, \u00a0\u3000wide \u200b zero",
    "e\u0301 is not \u00e9",
    "👩‍👩‍👧 😀 水車 Мельница",
    "<|endoftext|>the<|endoftext|><|endoftext",
    "\x00\x01\x7f\ufffd\U0010ffff",
    "''ll 'LL 's's ' s",
    "",
]


def trained(vocabulary_size):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(PATTERN), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary_size,
        min_frequency=2,
        special_tokens=["<|endoftext|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train([str(HERE / "sample.txt")], trainer)
    return tokenizer


tokenizer = trained(390)
model = json.loads(tokenizer.to_str())["model"]
golden = {
    "peer": f"tokenizers {tokenizers.__version__} (Python)",
    "command": "python make_golden.py",
    "tolerance": "none: ids are integers",
    "vocabularySize": 390,
    "largestVocabulary": trained(100000).get_vocab_size(),
    "vocabulary": [token for token, _ in sorted(model["vocab"].items(), key=lambda item: item[1])],
    "merges": [" ".join(merge) for merge in model["merges"]],
    "encodings": [{"text": text, "ids": tokenizer.encode(text).ids} for text in PROBES],
}
(HERE / "huggingface_golden.json").write_text(json.dumps(golden, indent=1) + "\n")
