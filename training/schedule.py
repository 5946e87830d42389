"""When training ends and how fast it learns until then; and the running average of the weights that is kept.

A stage ends with its draws or with its minutes, whichever comes first: the batches are in random order, so a shorter run
has the same mix. The rate is a function of progress in either, hence reaches zero exactly at the end.
"""
import time

import torch

RISE = 0.04


class Clock:
    def __init__(self, steps, minutes=None, now=time.monotonic):
        self.steps, self.seconds, self.now = steps, minutes and minutes * 60, now
        self.began, self.before = now(), 0.0

    def resume(self, spent):
        """Time spent before an interruption; the interruption itself does not count."""
        self.before = spent

    def here(self):
        return self.now() - self.began

    def spent(self):
        return self.before + self.here()

    def rate(self, step):
        """Part of the full learning rate: a rise, then linearly to zero; 0 means stop."""
        if step >= self.steps:
            return 0
        progress = max(step / self.steps, self.spent() / self.seconds if self.seconds else 0)
        return max(0, min((step + 1) / (RISE * self.steps), (1 - progress) / (1 - RISE)))


class Average:
    """Exponential moving average of the weights, over about 200 steps, taken every fourth step."""

    def __init__(self, model, every=4, decay=0.98):
        self.every, self.decay = every, decay
        self.state = {k: v.detach().clone() for k, v in model.state_dict().items()}

    @torch.no_grad()
    def update(self, model, step):
        if step % self.every:
            return
        now = model.state_dict()
        torch._foreach_lerp_(list(self.state.values()), [now[k] for k in self.state], 1 - min(self.decay, step / (step + 40)))
