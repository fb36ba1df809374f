"""Which channel of a sound is used: features are computed of one, of the mean of all, or of each."""

from __future__ import annotations

from cnnkit.errors import ArgumentError, InputError


def channel_index(channel: str | None, channels: int) -> int | slice | None:
    """Which of `channels` a word (left, right, mix, all, a number from 1) names, from 0; None for mix, the mean of all.

    No word is needed where there is only one channel, and all of one is that.

    >>> channel_index("right", 2), channel_index(None, 1), channel_index("mix", 2), channel_index("all", 2)
    (1, 0, None, slice(None, None, None))
    """
    if channel == "all":
        return slice(None) if channels > 1 else 0
    if channel is None and channels > 1:
        raise InputError(
            f"this sound has {channels} channels, and one is needed",
            hint=f"add --channel left, right, mix (their mean), all (as depth) or a number from 1 to {channels}",
        )
    if channel == "mix":
        return None
    number = {None: 1, "left": 1, "right": 2}.get(channel) or _number(str(channel))
    if number < 1:
        raise ArgumentError(f"unknown channel {channel!r}", hint="use left, right, mix, all or a number from 1")
    if number > channels:
        raise InputError(
            f"there is no channel {channel}: this sound has {channels}",
            hint=f"use a number from 1 to {channels}, or mix" if channels > 1 else "leave --channel out",
        )
    return number - 1


def _number(word: str) -> int:
    return int(word[:9]) if word.isascii() and word.isdigit() else 0
