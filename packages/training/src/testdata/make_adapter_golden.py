"""Makes adapter_golden.json: the logits that Python's peft computes of the models of test/kit/testdata with our adapters.

pip install torch==2.15.0 transformers==5.24.0 peft==0.21.2
node ../testing/lively_adapters.ts ADAPTERS; python make_adapter_golden.py ADAPTERS
"""

import hashlib
import json
import sys
from pathlib import Path

import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM

HERE = Path(__file__).parent
MODELS = HERE / "../../../../test/kit/testdata"


def main():
    golden = {}
    for folder in sorted(Path(sys.argv[1]).iterdir()):
        tokens = json.loads((MODELS / folder.name / "golden.json").read_text())["tokens"][:16]
        model = AutoModelForCausalLM.from_pretrained(MODELS / folder.name, dtype=torch.float32, attn_implementation="eager")
        model = PeftModel.from_pretrained(model, folder).eval()
        with torch.no_grad():
            logits = model(torch.tensor([tokens])).logits.flatten().tolist()
        golden[folder.name] = {
            "sha256": hashlib.sha256((folder / "adapter_model.safetensors").read_bytes()).hexdigest(),
            "tokens": tokens,
            "logits": [round(x, 5) for x in logits],
        }
    (HERE / "adapter_golden.json").write_text(json.dumps(golden) + "\n")


main()
