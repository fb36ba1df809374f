"""Errors the caller can fix. Each class has the command line's exit code.

An error states the problem with what was given and what was needed, in numbers, and carries one hint: the
change to make. The library raises it; ``cnnkit.cli.app`` is the one door where it becomes two lines and an exit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

MAX_WORD_LENGTH = 40
"""Characters of a word that is looked up among known ones; the search is slow for pages of text."""


class CnnkitError(Exception):
    """Root of every error cnnkit raises on purpose.

    Parameters
    ----------
    problem : str
        What is wrong: what was given and what was needed.
    hint : str
        The change that mends it, as an instruction. Empty when there is none to give.

    Examples
    --------
    >>> error = CnnkitError("stride 0 is not positive", hint="use stride 1 or more")
    >>> str(error)
    'stride 0 is not positive (use stride 1 or more)'
    """

    exit_code = 1

    def __init__(self, problem: str, hint: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.problem} ({self.hint})" if self.hint else self.problem


class ArgumentError(CnnkitError, ValueError):
    """A setting that no input could make right: a zero stride, an unknown word, a ragged kernel."""

    exit_code = 2


def printable(name: str) -> str:
    r"""A name or foreign text as one line can show it: a line break or a terminal's escape in it is spelled out.

    >>> printable("a\x1b[31m.png")
    'a\\x1b[31m.png'
    """
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode() for c in name)


def quoted(text: str) -> str:
    """Foreign text in quotes for a message, cut off after 40 characters.

    >>> quoted("x" * 50)
    "'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...'"
    """
    return repr(text if len(text) <= MAX_WORD_LENGTH else text[: MAX_WORD_LENGTH - 3] + "...")


def nearest(word: object, known: Iterable[str], cutoff: float = 0.6) -> str:
    """The known word that was probably meant, or nothing; `cutoff` is how alike they are, 1 for the same.

    >>> nearest("egde", ["edge", "emboss"]), nearest("zebra", ["edge", "emboss"])
    ('edge', '')
    """
    from difflib import get_close_matches

    near = get_close_matches(str(word)[:MAX_WORD_LENGTH], list(known), n=1, cutoff=cutoff)
    return near[0] if near else ""


def unknown_word(
    what: str, word: object, known: Iterable[str], *, hint: str = "", synonyms: Mapping[str, str] | None = None
) -> ArgumentError:
    """The error for a word not in `known`; the hint is the nearest word, else `hint`, else all of them.

    >>> print(unknown_word("taper", "han", ["none", "hann"]))
    unknown taper 'han' (did you mean hann?)
    >>> print(unknown_word("type", "mean", ["max", "average"], synonyms={"mean": "average"}))
    unknown type 'mean' (did you mean average?)
    """
    text, others = str(word).lower(), synonyms or {}
    stem = text.rpartition(".")[2]
    meant = others.get(text) or others.get(stem.replace("_", "-")) or nearest(stem, known)
    return ArgumentError(
        f"unknown {what} {word!r}", f"did you mean {meant}?" if meant else hint or f"use one of {', '.join(known)}"
    )


class SizeError(CnnkitError, ValueError):
    """A window, a kernel depth or a frame that does not fit this input, though it may fit another."""


class MisfitError(SizeError):
    """A layer that does not fit what this input gives it, with the place in the text."""

    def __init__(self, problem: str, hint: str = "", pointer: str = "") -> None:
        super().__init__(problem, hint)
        self.pointer = pointer  # the line and, under it, carets below the layer


class InputError(CnnkitError):
    """An input that cannot be read as what it should be: missing, empty, truncated, of another kind."""


class OutputError(CnnkitError):
    """A result that cannot be written where it should go, or would replace somebody else's file."""


class StandardOutputError(OutputError):
    """Standard output that cannot be written: it ends a command of many inputs, since it would fail for each."""


class CnnkitWarning(UserWarning):
    """What reading a file left out, mixed or scaled: the command line prints it, `cnnkit.read` warns of it."""


class NotationError(ArgumentError):
    """A layer stack that cannot be read or laid out, with the place in the text."""

    def __init__(self, problem: str, hint: str = "", *, text: str = "", start: int = 0, length: int = 1) -> None:
        super().__init__(problem, hint)
        self.text = text  # the line with the mistake
        self.start = start  # where the wrong word begins in the line
        self.length = length  # characters of the wrong word

    @property
    def pointer(self) -> str:
        """The line and, under it, carets below the wrong word.

        >>> print(NotationError("unknown", text="conv3-32 foo", start=9, length=3).pointer)
        conv3-32 foo
                 ^^^
        """
        return f"{self.text}\n{' ' * self.start}{'^' * max(self.length, 1)}"
