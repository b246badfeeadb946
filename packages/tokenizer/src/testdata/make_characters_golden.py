"""Makes characters_golden.json: pip install tokenizers==0.23.3; python make_characters_golden.py"""

import json
from pathlib import Path

import tokenizers
from tokenizers import AddedToken, Tokenizer, decoders, models

HERE = Path(__file__).parent
PROBES = ["The mill wheel\n", "", "e\u0301 \u00e9", "水車 😀 zebra\tQ", "\ufffd", "<|endoftext|>the<|endoftext|", "\r\n\x00\ufeff\u0085", "mill " * 3]

alphabet = sorted(set((HERE / "sample.txt").read_text()) - {"\ufffd"})
vocabulary = {token: i for i, token in enumerate(["<|endoftext|>", "\ufffd", *alphabet])}
tokenizer = Tokenizer(models.BPE(vocabulary, [], unk_token="\ufffd"))
tokenizer.decoder = decoders.Fuse()
tokenizer.add_special_tokens([AddedToken("<|endoftext|>", normalized=False)])
encodings = [{"text": text, "ids": tokenizer.encode(text).ids} for text in PROBES]
golden = {
    "peer": f"tokenizers {tokenizers.__version__} (Python)",
    "command": "python make_characters_golden.py",
    "tolerance": "none: ids are integers",
    "json": tokenizer.to_str(),
    "encodings": [{**one, "decoded": tokenizer.decode(one["ids"], skip_special_tokens=False)} for one in encodings],
}
(HERE / "characters_golden.json").write_text(json.dumps(golden, indent=1) + "\n")
