"""What a header may say of its samples."""

from __future__ import annotations

import io

import pytest

from cnnkit.errors import InputError
from cnnkit.files.sounds.stored import SUBTYPE_BYTES, stored, unpack


@pytest.mark.parametrize("subtype", SUBTYPE_BYTES)
def test_bytes_of_a_sample_of_every_channel(subtype: str) -> None:
    found = stored(8000, 3, subtype, is_little=True)
    assert found is not None
    assert found.block == 3 * SUBTYPE_BYTES[subtype]


@pytest.mark.parametrize(
    ("rate", "channels", "subtype"),
    [(0, 1, "PCM_16"), (2**31, 1, "PCM_16"), (8000, 0, "PCM_16"), (8000, 1025, "PCM_16"), (8000, 1, "")],
)
def test_what_cannot_be(rate: int, channels: int, subtype: str) -> None:
    assert stored(rate, channels, subtype, is_little=True) is None


def test_fields() -> None:
    assert unpack(">HB", io.BytesIO(b"abc\1\2\3"), 3) == (258, 3)
    with pytest.raises(InputError, match="cut off inside its header"):
        unpack(">I", io.BytesIO(b"abc\1\2\3"), 3)
