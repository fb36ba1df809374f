"""A slow reading of stacks with branches, which shares nothing with `cnnkit.network`, and random stacks to read.

Blocks are written out as text; what each value sees is a set of input positions, one axis of squares at a time.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

Sets = list[frozenset[int]]


@dataclass
class Read:
    """What a slow reading finds."""

    sizes: list[tuple[int, int, int]] = field(default_factory=list)
    parameters: int = 0
    macs: int = 0
    seen: list[Sets] = field(default_factory=list)  # of each volume, what each row sees
    sources: list[list[int]] = field(default_factory=list)

    @property
    def held(self) -> int:
        """The most values at once, each volume held from its layer to the last that takes it."""
        most = 0
        for now in range(len(self.sizes)):
            alive = [
                n for n in range(now + 1)
                if n == now or any(n in self.sources[later] for later in range(now, len(self.sizes)))
            ]  # fmt: skip
            most = max(most, sum(rows * columns * depth for rows, columns, depth in (self.sizes[n] for n in alive)))
        return most


def written_out(words: list[str]) -> list[str]:
    """The words without blocks: each repetition with names of its own. Marks of blocks are not seen outside."""
    while "block" in words:
        first = max(place for place, word in enumerate(words) if word == "block")
        end = words.index("end", first)
        inner, rest, times = words[first + 1 : end], words[end + 1 :], 1
        if rest and rest[0][0] == "x":
            times, rest = int(rest[0][1:]), rest[1:]
        own = {word[5:] for word in inner if word.startswith("mark:")}
        repeated = []
        for _ in range(times):
            number = random.randrange(10**12)
            for word in inner:
                name, *names = word.split(":")
                is_branch = name in ("mark", "from", "add", "cat")
                new = [f"{one}-{number}" if is_branch and one in own else one for one in names]
                repeated.append(":".join([name, *new]))
        words = words[:first] + repeated + rest
    return words


def read_slowly(text: str) -> Read:
    """Sizes, parameters, work and what is seen, of squares; convolutions are padded by hand with :p and no :same."""
    first, *words = text.split()
    side, _, depth = (int(number) for number in first.split("x"))
    found = Read([(side, side, depth)], seen=[[frozenset([row]) for row in range(side)]], sources=[[]])
    marks: dict[str, int] = {}
    current = 0
    for word in written_out(words):
        name, *names = word.split(":")
        if name == "mark":
            marks[names[0]] = current
            continue
        if name == "from":
            current = marks[names[0]]
            continue
        if name in ("add", "cat"):
            order = [current if one == "." else marks[one] for one in names]
            taken = order if "." in names else [current, *order]
            rows, columns, depth = found.sizes[current]
            depth = depth if name == "add" else sum(found.sizes[one][2] for one in taken)
            size = rows, columns, depth
            seen = [frozenset().union(*(found.seen[one][row] for one in taken)) for row in range(rows)]
        else:
            taken = [current]
            size, seen = _layer(found, word, found.sizes[current], found.seen[current])
        current = len(found.sizes)
        found.sizes.append(size)
        found.seen.append(seen)
        found.sources.append(taken)
    return found


def _layer(found: Read, word: str, size: tuple[int, int, int], seen: Sets) -> tuple[tuple[int, int, int], Sets]:
    rows, _, depth = size
    if word == "relu":
        return size, seen
    if word == "bn":
        found.parameters += 2 * depth
        return size, seen
    settings = {part[0]: int(part[1:]) for part in word.split(":")[1:]}
    pad = settings.get("p", 0)
    if word.startswith("conv"):
        kernel, kernels = map(int, word.partition(":")[0][4:].split("-"))
        step = settings.get("s", 1)
    else:
        kernel = int(word.partition(":")[0][7:])
        kernels, step = depth, settings.get("s", kernel)
    places = [first for first in range(-pad, rows + pad - kernel + 1) if (first + pad) % step == 0]
    if word.startswith("conv"):
        found.parameters += kernel * kernel * depth * kernels + kernels
        found.macs += len(places) ** 2 * kernel * kernel * depth * kernels
    within = [range(max(first, 0), min(first + kernel, rows)) for first in places]
    return (len(places), len(places), kernels), [frozenset().union(*(seen[row] for row in one)) for one in within]


def random_graph(seed: int) -> str:
    """A stack with residual blocks, projections, inception joins, skips over pools, and blocks in blocks; it fits."""
    rng = random.Random(seed)
    side, depth = rng.choice((16, 24)), rng.choice((1, 2, 4))
    words = [f"{side}x{side}x{depth}"]
    names = iter(f"{rng.choice('abc')}{number}" for number in range(10**6))

    def same(kernels: int, step: int = 1) -> str:
        kernel = rng.choice((1, 3, 5))
        return f"conv{kernel}-{kernels}:p{kernel // 2}" + f":s{step}" * (step > 1)

    def piece(level: int) -> None:
        nonlocal side, depth
        kind = rng.randrange(6 if level < 3 else 4)
        if kind == 0:
            depth = rng.choice((1, 2, 3))
            words.extend([same(depth), rng.choice(("relu", "bn"))])
        elif kind == 1:
            name = next(names)
            words.extend([f"mark:{name}", same(depth), "relu", same(depth), f"add:{name}"])
        elif kind == 2:
            one, two = next(names), next(names)
            step, depth = (2 if side > 3 and level == 0 else 1), rng.choice((1, 2, 3))
            words.extend([f"mark:{one}", same(depth, step), "bn", f"mark:{two}", f"from:{one}"])
            words.extend([f"conv1-{depth}:p0" + f":s{step}" * (step > 1), f"add:{two}", "relu"])
            side = -(-side // step)
        elif kind == 3:
            start, *parts = (next(names) for _ in range(rng.randint(2, 4)))
            depths = [rng.choice((1, 2, 3)) for _ in range(len(parts) + 1)]
            words.append(f"mark:{start}")
            for part, kernels in zip(parts, depths, strict=False):
                words.extend([same(kernels), "relu", f"mark:{part}", f"from:{start}"])
            words.append(same(depths[-1]))
            order = [*parts, *(["."] if rng.random() < 0.5 else [])]
            rng.shuffle(order)
            words.append(":".join(["cat", *order]))
            depth = sum(depths)
        elif kind == 4:
            words.append("block")
            inside = depth
            piece(level + 1)
            if depth != inside:
                depth = inside
                words.append(same(depth))
            words.append("end")
            if rng.random() < 0.7:
                words.append(f"x{rng.randint(1, 3)}")
        else:
            name = next(names)
            words.extend([f"mark:{name}", "maxpool3:s1:p1"])
            marked = depth
            piece(level + 1)
            if level:
                words.extend([same(2), f"cat:{name}"])
                depth = marked + 2
            else:
                words.extend([same(2), f"mark:{name}-up", f"from:{name}", "conv1-2:p0", f"cat:{name}-up"])
                depth = 4

    for _ in range(rng.randint(1, 4)):
        piece(0)
    return " ".join(words)
