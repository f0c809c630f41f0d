"""A model as far as memory is concerned: a few numbers, whatever file they were read from."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil


class UnknownShape(Exception):
    """The file does not say enough; the text says what is missing."""


@dataclass(frozen=True, slots=True)
class Keep:
    """What layers of one kind keep of every token: `elements` numbers for each of `heads` heads, in each layer.

    Heads are spread over the GPUs of a replica; where there are fewer heads than GPUs, each GPU holds a copy of one.
    The latent of MLA is one head. `window` is how many tokens back such a layer looks, None if to the beginning.
    """

    layers: int
    elements: int
    heads: int = 1
    window: int | None = None

    def per_token(self, gpus: int) -> int:
        """Numbers on one GPU."""
        return self.layers * self.elements * ceil(self.heads / gpus)


@dataclass(frozen=True, slots=True)
class Shape:
    """`feed_forward` is how wide a token is inside its MLP, over all experts that it visits."""

    architecture: str
    layers: int
    hidden: int
    heads: int
    vocabulary: int
    context: int
    feed_forward: int
    experts_per_token: int
    keeps: tuple[Keep, ...]
    cache_bytes: int = 2
    """Of one number in the cache."""
    state_bytes: int = 0
    """What layers without attention keep of each request, however long it is."""
    parameters: int = 0
