"""Makes hugging_face_golden.json: what Python's transformers says of our models, and models of its own with what it says of them.

pip install torch==2.15.0 transformers==5.24.0 safetensors==0.8.0
node ../testing/random_models.ts EXPORTED; python make_hugging_face_golden.py EXPORTED

`exported` has, for each folder that random_models.ts writes, the SHA-256 of its weights and the logits that transformers computes from it.
`imported` has folders that transformers saved, file by file in base64, its logits, and of some the gradients. Random configurations are drawn by seed.
"""

import base64
import hashlib
import json
import random
import sys
import tempfile
from pathlib import Path

import safetensors
import torch
import transformers
from transformers import AutoModelForCausalLM, GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM

HERE = Path(__file__).parent
ACTIVATIONS = ["gelu_new", "gelu", "relu", "silu"]


def logits_of(folder, tokens):
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
    with torch.no_grad():
        return [round(x, 7) for x in model(torch.tensor([tokens])).logits.flatten().tolist()]


def exported(folder):
    return [
        {
            "sha256": hashlib.sha256((one / "model.safetensors").read_bytes()).hexdigest(),
            "logits": logits_of(one, json.loads((one / "probe.json").read_text())),
        }
        for one in sorted(folder.iterdir(), key=lambda one: int(one.name))
    ]


def gpt2(draw):
    heads = draw.choice([2, 4])
    return GPT2LMHeadModel(
        GPT2Config(
            vocab_size=draw.choice([11, 24]),
            n_positions=8,
            n_embd=heads * draw.choice([2, 3]),
            n_layer=draw.choice([1, 2]),
            n_head=heads,
            n_inner=draw.choice([None, 20]),
            activation_function=draw.choice(ACTIVATIONS),
            layer_norm_epsilon=draw.choice([1e-5, 1e-3]),
            tie_word_embeddings=draw.choice([True, False]),
            bos_token_id=1,
            eos_token_id=1,
        )
    )


def tied_gpt2(draw):
    return GPT2LMHeadModel(GPT2Config(vocab_size=11, n_positions=8, n_embd=8, n_layer=1, n_head=2))


def wide_gpt2(heads, activation):
    """Of width 16: heads of 8 and of 16 are those for which attention is one operation."""
    shape = {"n_positions": 8, "n_embd": 16, "n_layer": 1, "n_head": heads, "n_inner": 20}
    return lambda draw: GPT2LMHeadModel(GPT2Config(vocab_size=11, activation_function=activation, **shape))


def wide_llama(draw):
    heads = {"num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 8}
    shape = {"max_position_embeddings": 8, "hidden_size": 8, "intermediate_size": 12, "num_hidden_layers": 1}
    return LlamaForCausalLM(LlamaConfig(vocab_size=11, **heads, **shape))


def llama(draw):
    heads = draw.choice([2, 4])
    scaled = {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 0.5, "high_freq_factor": 4.0}
    rope = draw.choice(
        [
            {"rope_type": "default"},
            {"rope_type": "linear", "factor": 2.5},
            {**scaled, "original_max_position_embeddings": 4},
        ]
    )
    return LlamaForCausalLM(
        LlamaConfig(
            vocab_size=draw.choice([11, 24]),
            max_position_embeddings=8,
            hidden_size=heads * draw.choice([2, 4]),
            intermediate_size=draw.choice([12, 20]),
            num_hidden_layers=draw.choice([1, 2]),
            num_attention_heads=heads,
            num_key_value_heads=draw.choice([1, heads // 2, heads]),
            head_dim=draw.choice([2, 6]),
            hidden_act=draw.choice(["silu", *ACTIVATIONS]),
            rms_norm_eps=draw.choice([1e-6, 1e-3]),
            attention_bias=draw.choice([True, False]),
            mlp_bias=draw.choice([True, False]),
            tie_word_embeddings=draw.choice([True, False]),
            rope_parameters={"rope_theta": draw.choice([100.0, 10000.0]), **rope},
            bos_token_id=1,
            eos_token_id=[1, 2],
        )
    )


def gradients_of(folder, tokens):
    """PyTorch's gradient of the summed loss by parameter, float32 in base64. The target of a token is the next one, of the last none."""
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
    logits = model(torch.tensor([tokens])).logits[0, :-1]
    torch.nn.functional.cross_entropy(logits, torch.tensor(tokens[1:]), reduction="sum").backward()
    return {
        name: base64.b64encode(parameter.grad.numpy().tobytes()).decode() for name, parameter in model.named_parameters()
    }


def imported(name, make, seed, dtype=torch.float32, base=False, differentiate=False, **saving):
    torch.manual_seed(seed)
    model = make(random.Random(seed)).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.uniform_(-0.5, 0.5)
            parameter += 0.1
    model = model.to(dtype)
    tokens = [(place * place * 5 + place * 3 + 2) % model.config.vocab_size for place in range(8)]
    with tempfile.TemporaryDirectory() as folder:
        model.save_pretrained(folder, **saving)
        logits = logits_of(folder, tokens)
        gradients = {"gradients": gradients_of(folder, tokens)} if differentiate else {}
        if base:
            # As GPT-2's own checkpoint is: of the class without an output matrix.
            model.base_model.save_pretrained(folder)
        files = {
            one.name: base64.b64encode(one.read_bytes()).decode()
            for one in sorted(Path(folder).iterdir())
            if one.name != "generation_config.json"
        }
    return {"name": name, "tokens": tokens, "logits": logits, "files": files, **gradients}


golden = {
    "versions": {
        "transformers": transformers.__version__,
        "torch": torch.__version__,
        "safetensors": safetensors.__version__,
    },
    "exported": exported(Path(sys.argv[1])),
    "imported": [
        *[imported(f"gpt2 {seed}", gpt2, seed, differentiate=seed < 3) for seed in range(6)],
        *[imported(f"llama {seed}", llama, seed, differentiate=seed < 4) for seed in range(8)],
        imported("gpt2 in bfloat16", gpt2, 20, torch.bfloat16),
        imported("llama in float16", llama, 21, torch.float16),
        imported("llama in shards", llama, 22, max_shard_size=2000),
        imported("gpt2 without an output matrix", tied_gpt2, 23, base=True),
        imported("gpt2 with heads of 8", wide_gpt2(2, "gelu_new"), 24, differentiate=True),
        imported("gpt2 with a head of 16", wide_gpt2(1, "gelu"), 25, differentiate=True),
        imported("llama with shared heads of 8", wide_llama, 26, differentiate=True),
    ],
}
(HERE / "hugging_face_golden.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")
