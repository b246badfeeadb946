"""Makes huggingface_golden.json and huggingface_wordpiece_golden.json: pip install tokenizers==0.23.3; python make_golden.py"""

import json
from pathlib import Path

import tokenizers
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

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


WORDPIECE_PROBES = [
    "The Mill, the WHEEL; isn't it? $5 + 3 = 8.",
    "ΣΑΣ Müller ÉTÉ e\u0301te\u0301 \u1e9e",
    "水車は\U00020000x 中a",
    "a\u200bb\ufeff c\u0085d\u2028e\ue000f\ufffdg\x00h",
    "x" * 101 + " " + "e" * 100,
    "[CLS] the [MASK] [sep]",
    "«the» mill_wheel ~ stream‿bread",
    "😀 👩‍👩‍👧 the",
    "",
]
vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "mill", "wheel", "##l", "##e", "##x", "##er", "e", "x", "m", "##ull"]
vocabulary += ["σ", "α", "##α", "##σ", "ete", "ß", "水", "車", "は", "𠀀", "中", "a", "##b", "c", "##d", "f", "##g", "##h", "is", "n", "t", "'"]
vocabulary += [",", ";", "?", "$", "5", "+", "3", "=", "8", ".", "«", "»", "_", "~", "stream", "‿", "bread", "[", "]", "sep", "it", "##f", "d", "e"]
vocabulary = list(dict.fromkeys(vocabulary))
bert = Tokenizer(models.WordPiece({token: i for i, token in enumerate(vocabulary)}, unk_token="[UNK]"))
bert.normalizer = normalizers.BertNormalizer()
bert.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
bert.decoder = decoders.WordPiece()
bert.add_special_tokens(vocabulary[:5])
encodings = [{"text": text, "ids": bert.encode(text).ids} for text in WORDPIECE_PROBES]
wordpiece = {
    "peer": golden["peer"],
    "command": golden["command"],
    "tolerance": golden["tolerance"],
    "json": bert.to_str(),
    "encodings": [{**one, "decoded": bert.decode(one["ids"], skip_special_tokens=False)} for one in encodings],
}
(HERE / "huggingface_wordpiece_golden.json").write_text(json.dumps(wordpiece, indent=1) + "\n")
