"""Which channel of a sound is used: features are computed of the mean of all, of one, or of each."""

from __future__ import annotations

from cnnkit.errors import InputError, unknown_word


def channel_index(channel: str | None, channels: int) -> int | slice | None:
    """Which of `channels` a word (left, right, mix, all, a number from 1) names, from 0; None for the mean of all.

    The mean is meant by mix and by no word; of one channel it is that channel.

    >>> channel_index("right", 2), channel_index(None, 2), channel_index("mix", 1), channel_index("all", 2)
    (1, None, 0, slice(None, None, None))
    """
    if channel == "all":
        return slice(None) if channels > 1 else 0
    if channel is None or channel == "mix":
        return None if channels > 1 else 0
    number = {"left": 1, "right": 2}.get(channel) or _number(channel)
    if number < 1:
        words, hint = ("left", "right", "mix", "all"), "use left, right, mix, all or a number from 1"
        raise unknown_word("channel", channel, words, hint=hint, synonyms={"mono": "mix"})
    if number > channels:
        raise InputError(
            f"there is no channel {channel}: this sound has {channels}",
            hint=f"use a number from 1 to {channels}, or mix" if channels > 1 else "leave --channel out",
        )
    return number - 1


def mixing_notes(channel: str | None, channels: int) -> tuple[str, ...]:
    """What is said of a sound whose channels are mixed, and how to take one if that was not chosen.

    >>> mixing_notes(None, 2), mixing_notes("left", 2)
    (('2 channels mixed to one (their mean); --channel left takes one',), ())
    """
    if channel_index(channel, channels) is not None:
        return ()
    return (f"{channels} channels mixed to one (their mean){'; --channel left takes one' if channel is None else ''}",)


def _number(word: str) -> int:
    return int(word[:9]) if word.isascii() and word.isdigit() else 0
