"""A message of a model without the bytes of its weights, so that they are read once, from the file into their arrays.

Parsing the whole message holds each weight three times: in the file's bytes, in the message and in the array. So its
outermost fields are walked here; whatever is unusual is left to the parser.
Source: https://protobuf.dev/programming-guides/encoding/ and the numbers of fields in onnx.proto.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import BinaryIO, NamedTuple

GRAPH, INITIALIZER, RAW_DATA = 7, 5, 9
"""Numbers of fields: of the graph in a model, of a constant in it, and of its bytes."""

LEAST_BYTES = 1 << 12
"""Of weights that are left out."""

MOST_FIELDS = 1_000_000
_LENGTH = 2
_FIXED = {1: 8, 5: 4}


class Place(NamedTuple):
    """Where bytes stand in a file."""

    start: int
    length: int


class _Field(NamedTuple):
    number: int
    kind: int
    start: int
    inner: int  # behind its tag and length
    end: int


class _UnusualError(Exception):
    """What is left to the parser."""


class _Walker:
    def __init__(self, stream: BinaryIO) -> None:
        self.stream, self.left = stream, MOST_FIELDS

    def bytes(self, start: int, end: int) -> bytes:
        self.stream.seek(start)
        return self.stream.read(end - start)

    def number(self, start: int, end: int) -> tuple[int, int]:
        """A number of variable length, and where it ends."""
        value = 0
        for place, byte in enumerate(self.bytes(start, min(start + 10, end))):
            value |= (byte & 127) << 7 * place
            if byte < 128:
                return value, start + place + 1
        raise _UnusualError

    def fields(self, start: int, end: int) -> Iterator[_Field]:
        while start < end:
            self.left -= 1
            tag, inner = self.number(start, end)
            kind = tag & 7
            if kind == _LENGTH:
                length, inner = self.number(inner, end)
                last = inner + length
            elif kind in _FIXED:
                last = inner + _FIXED[kind]
            else:
                last = self.number(inner, end)[1]
            if last > end or kind not in (0, _LENGTH, *_FIXED) or self.left < 0:
                raise _UnusualError
            yield _Field(tag >> 3, kind, start, inner, last)
            start = last

    def one(self, number: int, start: int, end: int) -> _Field | None:
        """The field of this number, if there is one with a length; two are unusual."""
        found = [field for field in self.fields(start, end) if field.number == number]
        if len(found) > 1 or any(field.kind != _LENGTH for field in found):
            raise _UnusualError
        return found[0] if found else None


def without_weights(stream: BinaryIO) -> tuple[bytes, Sequence[Place | None]]:
    """The message in a file, and for each of its constants where its bytes are, if they are left out.

    No places at all where nothing is left out.
    """
    size = stream.seek(0, 2)
    walker = _Walker(stream)
    try:
        graph = walker.one(GRAPH, 0, size)
        if graph is None:
            raise _UnusualError
        pieces, places = _pieces(walker, graph)
    except _UnusualError:
        return walker.bytes(0, size), ()
    body = b"".join(pieces)
    head, tail = walker.bytes(0, graph.start), walker.bytes(graph.end, size)
    return b"".join((head, _delimited(GRAPH, len(body)), body, tail)), places


def _pieces(walker: _Walker, graph: _Field) -> tuple[list[bytes], list[Place | None]]:
    pieces: list[bytes] = []
    places: list[Place | None] = []
    for field in walker.fields(graph.inner, graph.end):
        place = None
        if field.number == INITIALIZER and field.kind == _LENGTH:
            if field.end - field.inner >= LEAST_BYTES and (raw := walker.one(RAW_DATA, field.inner, field.end)):
                place = Place(raw.inner, raw.end - raw.inner)
                kept = walker.bytes(field.inner, raw.start) + walker.bytes(raw.end, field.end)
                pieces += [_delimited(INITIALIZER, len(kept)), kept]
            places.append(place)
        if place is None:
            pieces.append(walker.bytes(field.start, field.end))
    return pieces, places


def _delimited(number: int, length: int) -> bytes:
    """The tag of a field, and its length."""
    found = bytearray([number << 3 | _LENGTH])
    while length > 127:
        found.append(length & 127 | 128)
        length >>= 7
    return bytes([*found, length])
