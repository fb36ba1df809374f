"""The words that make a graph of a chain: ``mark:a``, ``from:a``, ``add:a``, ``cat:a:b:.``, ``block ... end``.

A graph is a list of layers in the order of their words, and for each the numbers of the layers whose outputs it takes:
of a chain the one before, which is all that marks, branches and blocks come to. So the layers that follow are computed,
printed and written as programs in one way, whether or not there are branches. A mark belongs to the block in which it
stands; inner blocks see it, and each repetition of a block has its own. Networks and files are blocks.

Loaded where a stack has one of these words.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

from cnnkit.errors import nearest
from cnnkit.geometry.window import Setting
from cnnkit.network.notation.spec import BRANCHING, JOINS, Spec, Wire
from cnnkit.network.notation.word import Word

CURRENT = "."  # in the order of a cat, the volume that stands there
_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")


def read_branching(word: Word) -> Spec:
    """Read a word of branches, without looking at what it names."""
    head, *names = word.split(":")
    name = word.letters
    if name in ("block", "end"):
        if word.text != name:
            from cnnkit.network.notation.misspelling import meant_block

            cure = f"write {meant_block(word.text) or name}" + " to repeat the block" * (name == "end")
            raise word.part(len(name)).error(f"{name} stands alone", cure)
        return Spec(name, None, None, (), word)
    if head.text != name or not names:
        guess = word.text[len(name) :].strip("-_:=(). ")
        raise word.error(f"{name} has no name", f"write {name}:{guess if _is_name(guess) else 'skip'}")
    if len(names) > 1 and names[1].text and name not in JOINS:
        raise names[1].error(f"{name} takes one name", f"write {name}:{names[0].text}")
    for number, part in enumerate(names):
        if part.text == CURRENT and name == "cat":
            pass
        elif part.text == CURRENT and name == "add":
            raise part.error("add takes the current volume without a dot", "leave it out: a sum has no order")
        elif not part.text:
            others = [other.text for other in names if other.text]
            cure = ":".join((name, *others)) if others else BRANCHING[name]
            raise word.error("a colon with nothing behind it", f"write {cure}")
        elif not _is_name(part.text):
            meant = part.text.lower().replace("_", "-")
            cure = f"write {word.text.lower().replace('_', '-')}; " if _is_name(meant) else ""
            raise part.error(f"{part.quoted} is not a name", f"{cure}a name has small letters, digits and - only")
        if part in names[:number]:
            twice = "the dot stands twice" if part.text == CURRENT else f"{part.text} is joined twice"
            raise part.error(twice, "name each volume once")
    if name == "cat" and [part.text for part in names] == [CURRENT]:
        raise word.error("a join of a volume with itself", "write the mark to join, as in cat:skip")
    return Spec(name, None, None, tuple(Setting(part.text, "mark", part.text) for part in names), word)


def _is_name(text: str) -> bool:
    return bool(text) and _CHARACTERS.issuperset(text) and text[0] != "-"


class _Mark:
    """A volume with a name: the number of the layer whose output it is, and a name of its own in the whole stack."""

    def __init__(self, number: int, word: Word, name: str) -> None:
        self.number, self.word, self.name, self.is_used = number, word, name, False


class _Graph:
    """The layers so far, and where the next one goes."""

    def __init__(self, named: Collection[str] = ()) -> None:
        self.named = named
        self.layers: list[Spec] = []
        self.wires = [Wire()]
        self.scopes: list[dict[str, _Mark]] = [{}]
        self.names: set[str] = set()  # that are taken
        self.sizes: list[int] = []  # how many layers there were before each open block
        self.current = 0
        self.start: Spec | None = None  # the from behind which no layer stands yet

    def add(self, spec: Spec, sources: tuple[int, ...], start: str) -> None:
        self.layers.append(spec)
        self.wires.append(Wire(sources, start))
        self.current, self.start = len(self.layers), None

    def found(self, word: Word) -> _Mark:
        """The mark that a word names, in its block or around it."""
        for scope in reversed(self.scopes):
            if word.text in scope:
                scope[word.text].is_used = True
                return scope[word.text]
        seen = [name for scope in self.scopes for name in scope]
        if word.text in self.names:
            hint = "a block, a file and a network keep their marks: mark the volume behind it"
        elif near := nearest(word.text, seen):
            hint = f"did you mean {near}?"
        else:
            behind = f"marks before it are {', '.join(seen)}" if seen else f"write mark:{word.text} behind that volume"
            hint = f"{behind}; a mark stands before the words that name it"
        raise word.error(f"no volume is marked {word.quoted}", hint)

    def close(self, behind: Sequence[Spec] = ()) -> None:
        """End a block, or the stack: every mark of it was for something. What stands behind is for the error."""
        for name, mark in self.scopes.pop().items():
            if not (mark.is_used or name in self.named):
                hint = f"join it with add:{name} or cat:{name}, go on from it with from:{name}, or leave it out"
                if not any(name in scope for scope in self.scopes) and (outside := _first_that_names(name, behind)):
                    hint = f"its block ends before {outside}: end it behind that, or mark the volume that it makes"
                raise mark.word.error(f"mark:{name} is never used", hint)


def _first_that_names(name: str, tokens: Sequence[Spec]) -> Spec | None:
    """The word that goes back to a mark, or joins it; nothing where another volume has the name before."""
    for spec in tokens:
        if spec.name in BRANCHING and name in map(str, spec.settings):
            return None if spec.name == "mark" else spec
    return None


def connected(tokens: Sequence[Spec], named: Collection[str] = ()) -> tuple[tuple[Spec, ...], tuple[Wire, ...]]:
    """The layers of a stack with branches, and what each of them takes; marks that are `named` elsewhere are used."""
    graph = _Graph(named)
    typed = {str(spec.settings[0]) for spec in tokens if spec.name == "mark"}
    for place, spec in enumerate(tokens, start=1):
        name = spec.name
        if name == "mark":
            _mark(graph, spec, typed)
        elif name == "from":
            _go_back(graph, spec)
        elif name in JOINS:
            _join(graph, spec)
        elif name == "block":
            graph.scopes.append({})
            graph.sizes.append(len(graph.layers))
        elif name == "end":
            if graph.sizes.pop() == len(graph.layers):
                raise spec.word.error("a block without a layer", "write its layers between block and end")
            graph.close(tokens[place:])
        else:
            graph.add(spec, (graph.current,), _start(graph))
    _all_used(graph)
    graph.close()
    _check_ends(graph)
    times = Counter(source for wire in graph.wires for source in wire.sources)
    wires = (wire._replace(is_shared=any(times[source] > 1 for source in wire.sources)) for wire in graph.wires)
    return tuple(graph.layers), tuple(wires)


def _mark(graph: _Graph, spec: Spec, typed: set[str]) -> None:
    name, scope = str(spec.settings[0]), graph.scopes[-1]
    own, number = name, 2
    while own in graph.names or (own != name and own in typed):
        own, number = f"{name}{'-' * name[-1].isdecimal()}{number}", number + 1
    if name in scope:
        raise spec.word.error(f"two volumes are marked {name}", f"give this one a name of its own, as in mark:{own}")
    graph.names.add(own)
    scope[name] = _Mark(graph.current, spec.word, own)
    wire = graph.wires[graph.current]
    graph.wires[graph.current] = wire._replace(marks=(*wire.marks, f"mark:{own}"))


def _start(graph: _Graph) -> str:
    """The word that goes back to the current volume, if that is not the last one."""
    return f"from:{graph.found(graph.start.word.split(':')[1]).name}" if graph.start else ""


def _go_back(graph: _Graph, spec: Spec) -> None:
    _all_used(graph)
    graph.current, graph.start = graph.found(spec.word.split(":")[1]).number, spec


def _all_used(graph: _Graph) -> None:
    """Check that what stands here was for something, before another branch or at the end of the stack."""
    if graph.start:
        raise graph.start.word.error(f"no layer follows {graph.start}", "write the layers of this branch behind it")


def _join(graph: _Graph, spec: Spec) -> None:
    """A sum or a concatenation of the current volume and those that are named."""
    sources, names = [graph.current], list[str]()
    for part in spec.word.split(":")[1:]:
        if part.text == CURRENT:
            sources.append(sources.pop(0))
            names.append(CURRENT)
            continue
        mark = graph.found(part)
        if mark.number == graph.current:
            hint = f"put the layers of the other branch between mark:{part.text} and this join"
            raise part.error(f"{spec} joins a volume with itself", hint)
        if mark.number in sources:
            raise part.error(f"{spec} joins one volume twice", "name each volume once")
        sources.append(mark.number)
        names.append(mark.name)
    settings = tuple(Setting(name, "mark", name) for name in names)
    graph.add(spec._replace(settings=settings), tuple(sources), _start(graph))


def _check_ends(graph: _Graph) -> None:
    """Check that every output but the last is taken by a layer."""
    taken = {source for wire in graph.wires for source in wire.sources}
    for number, spec in enumerate(graph.layers[:-1], start=1):
        if number not in taken:
            hint = f"put mark:NAME behind {spec}, and add:NAME or cat:NAME where it is joined"
            raise spec.word.error(f"the branch that ends in {spec} is never joined", hint)
