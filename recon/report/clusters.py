"""The geometry of clusters of duplicate profiles: who hangs together with whom, as stars.

Coordinates are those of an SVG that is 300 wide and as high as `Star.height`; the templates draw it.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from recon.report.model_sides import Cluster

CLUSTERS_DRAWN = 6

_MIDDLE = 150.0
_REACH = (108.0, 70.0)
_LOW, _HIGH = 100, 200
"""Heights: two or three profiles lie in a row."""
_ALIASES = ("alias", "identify")
"""Kinds whose `other` is an alias: a profile without an external id, or only a name that Braze lacks."""


@dataclass(frozen=True, slots=True)
class Node:
    """A profile: `keeps` its id, or is an alias, or neither."""

    name: str
    x: float
    y: float
    keeps: bool
    is_alias: bool


@dataclass(frozen=True, slots=True)
class Edge:
    """A pair of a kind, drawn as a line."""

    kind: str
    x1: float
    y1: float
    x2: float
    y2: float


@dataclass(frozen=True, slots=True)
class Star:
    """A cluster as it is drawn; `more` pairs of it are not."""

    cluster: Cluster
    height: int
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    more: int


def stars(clusters: Sequence[Cluster]) -> tuple[Star, ...]:
    """The largest clusters with several pairs to draw: a single one is told by its kind."""
    return tuple(_star(cluster) for cluster in clusters[:CLUSTERS_DRAWN] if len(cluster.drawn) > 1)


def _star(cluster: Cluster) -> Star:
    pairs = cluster.drawn
    degree = Counter(name for pair in pairs for name in (pair.keep, pair.other))
    # The profile with most pairs stands in the middle; of several, the first that is kept.
    middle = max(degree, key=lambda name: (degree[name], name in {pair.keep for pair in pairs}))
    height = _LOW if len(degree) <= 3 else _HIGH
    places = _places([middle, *(name for name in degree if name != middle)], height / 2 - 6)
    keeps = {pair.keep for pair in pairs if pair.kind != "suspected"}
    aliases = {pair.other for pair in pairs if pair.kind in _ALIASES}
    return Star(
        cluster,
        height,
        tuple(Node(name, x, y, name in keeps, name in aliases) for name, (x, y) in places.items()),
        tuple(Edge(pair.kind, *places[pair.keep], *places[pair.other]) for pair in pairs),
        sum(cluster.pairs.values()) - len(pairs),
    )


def _places(names: Sequence[str], y: float) -> dict[str, tuple[float, float]]:
    """The first in the middle, the others around it; two side by side."""
    if len(names) == 2:
        return {names[0]: (_MIDDLE - 60, y), names[1]: (_MIDDLE + 60, y)}
    places = {names[0]: (_MIDDLE, y)}
    for at, name in enumerate(names[1:]):
        angle = math.pi * (2 * at / (len(names) - 1) - 1)
        places[name] = (round(_MIDDLE + _REACH[0] * math.cos(angle), 1), round(y + _REACH[1] * math.sin(angle), 1))
    return places
