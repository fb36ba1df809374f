"""Words that remember their place in the line, so that an error can point at them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from cnnkit.errors import ArgumentError, NotationError

MOST_CHARACTERS = 100_000  # a longer line or file is refused unread
MAX_SHOWN_CHARACTERS = 100  # characters of the line that an error shows: of a longer one, those around the mistake

_EMPTY = '""'


class Word(NamedTuple):
    """A word, or a part of one, and its place. Two words are equal when their text is.

    >>> word = Word("conv3-64", line="28x28 conv3-64", start=6)
    >>> print(word.part(6).error("64 kernels").pointer)
    28x28 conv3-64
                ^^
    """

    text: str
    line: str = ""  # the whole line; empty when the word is alone
    start: int = 0  # where in the line it begins
    origin: str = ""  # where the line is from when nobody typed it: "net.txt, line 3"; errors begin with it

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Word) and self.text == other.text

    def __ne__(self, other: object) -> bool:
        return not self == other  # a tuple has its own

    def __hash__(self) -> int:
        return hash(self.text)

    def __repr__(self) -> str:
        return f"Word(text={self.text!r})"

    def part(self, first: int, end: int | None = None) -> Word:
        """The characters from `first` to before `end`, as a word with its own place."""
        return Word(self.text[first:end], self.line or self.text, self.start + first, self.origin)

    def split(self, separator: str) -> list[Word]:
        """The parts between separators of one character, as `str.split` gives them."""
        parts: list[Word] = []
        start = 0
        for text in self.text.split(separator):
            parts.append(self.part(start, start + len(text)))
            start += len(text) + 1
        return parts

    @property
    def letters(self) -> str:
        """The small letters it begins with."""
        end = next((i for i, character in enumerate(self.text) if not "a" <= character <= "z"), len(self.text))
        return self.text[:end]

    @property
    def begins_with_digit(self) -> bool:
        """Whether it can be a size such as 3x5."""
        return "0" <= self.text[:1] <= "9"

    @property
    def quoted(self) -> str:
        """The text in quotes, as an error may print it: no control characters, no more than 40 characters."""
        text = self.text if len(self.text) <= 40 else f"{self.text[:37]}..."
        return f"'{_printable(text)}'"

    def error(self, problem: str, hint: str = "") -> NotationError:
        """An error that points at this word."""
        text, start, length = _around(self.line or self.text, self.start, len(self.text))
        if self.origin:
            problem = f"{_printable(self.origin)}: {problem}"
        return NotationError(problem, hint, text=_printable(text), start=start, length=length)


def split_words(pieces: Iterable[str], is_name: Callable[[str], bool] | None = None) -> list[Word]:
    """Split texts of one word or several into words; their line is all of them joined by single spaces.

    A piece with spaces in it stays one word where `is_name` says that it is the name of a file.

    >>> split_words(["28x28x1", "conv3-32  relu"])
    [Word(text='28x28x1'), Word(text='conv3-32'), Word(text='relu')]
    """
    texts: list[str] = []
    characters = 0
    for piece in pieces:
        if not isinstance(piece, str):
            raise ArgumentError(f"a {type(piece).__name__} is not a word", hint='give texts: "224x224x3", "conv3-64"')
        characters += len(piece)
        if characters > MOST_CHARACTERS:
            raise _too_long(piece)
        parts = _without_inner_blanks(piece).split()
        texts += [piece] if len(parts) > 1 and is_name and is_name(piece) else parts or [_EMPTY]
    words = _placed(texts, " ".join(texts))
    for number, word in enumerate(words, start=1):
        if word.text == _EMPTY:
            raise word.error(f"word {number} is empty", hint="leave it out; a variable between the quotes may be empty")
    return words


def split_lines(content: str, name: str) -> list[Word]:
    """The words of a file, each with its own line; what follows a ``#`` is a comment."""
    if len(content) > MOST_CHARACTERS:
        raise _too_long(content, name)
    words: list[Word] = []
    for number, written in enumerate(content.splitlines(), start=1):
        line = _without_inner_blanks(written.replace("\t", " ").rstrip())
        words += _placed(line.partition("#")[0].split(), line, f"{name}, line {number}")
    return words


def _without_inner_blanks(text: str) -> str:
    """A text where a call is one word: ``nn.Conv2d(3, 64, 3)``."""
    depth, characters = 0, ""
    for character in text if "(" in text else "":
        depth += (character in "([") - (character in ")]")
        characters += "" if character.isspace() and depth > 0 else character
    return characters or text


def _placed(texts: list[str], line: str, origin: str = "") -> list[Word]:
    words: list[Word] = []
    start = 0
    for text in texts:
        start = line.index(text, start)
        words.append(Word(text, line, start, origin))
        start += len(text)
    return words


def _too_long(content: str, origin: str = "") -> NotationError:
    beginning = Word(content[:MAX_SHOWN_CHARACTERS].strip().partition("\n")[0] or _EMPTY, origin=origin)
    return beginning.error("too many characters", hint=f"the limit is {MOST_CHARACTERS:,}")


def _around(line: str, start: int, length: int) -> tuple[str, int, int]:
    """The part of a long line around a mistake, and where the mistake is in that part."""
    if len(line) <= MAX_SHOWN_CHARACTERS:
        return line, start, length
    length = min(length, MAX_SHOWN_CHARACTERS - 40)
    first = max(0, min(start - (MAX_SHOWN_CHARACTERS - length) // 2, len(line) - MAX_SHOWN_CHARACTERS))
    shown = line[first : first + MAX_SHOWN_CHARACTERS]
    if first > 0:
        shown = f"...{shown[3:]}"
    if first + MAX_SHOWN_CHARACTERS < len(line):
        shown = f"{shown[:-3]}..."
    return shown, start - first, length


def _printable(text: str) -> str:
    """The same number of characters, each one column wide, so that carets below the text stay in place."""
    if text.isascii() and text.isprintable():
        return text
    from unicodedata import combining, east_asian_width

    def is_one_column(character: str) -> bool:
        return character.isprintable() and not combining(character) and east_asian_width(character) not in ("W", "F")

    return "".join(character if is_one_column(character) else "?" for character in text)
