"""What is wrong with a sound file, in words that help: the file under the name its user gave it."""

from __future__ import annotations

from typing import Any

from cnnkit.errors import InputError

_BARE_ENDINGS = (".raw", ".pcm", ".bin", ".dat", ".s8", ".u8", ".s16", ".sw", ".s24", ".s32", ".f32", ".ul", ".al")
"""Of names that others give to samples without a header."""


def conversion(stream: Any) -> str:
    """The command that makes a WAV of the file.

    >>> conversion(None)
    'ffmpeg -i INPUT song.wav'
    """
    name = getattr(stream, "name", None)
    if not isinstance(name, str):
        return "ffmpeg -i INPUT song.wav"
    import shlex
    from pathlib import Path

    path = Path(name)
    result = path.with_suffix(".wav") if path.suffix.lower() != ".wav" else path.with_name(f"{path.stem}-new.wav")
    return shlex.join(["ffmpeg", "-i", name, str(result)])


def ends_early(
    stream: Any, promised: int, present: int | str, unit: str, promise: str = "its header promises"
) -> InputError:
    """The error for a sound of which less is in the file than it says."""
    return InputError(
        f"this sound is cut off: {promise} {promised} {unit}, the file holds {present}",
        hint=f"get the whole file again, or keep what is there: {conversion(stream)}",
    )


def ends_in_header() -> InputError:
    """The error for a file that ends before the sound begins."""
    return InputError("this sound is cut off inside its header", hint="get the file again from where it came")


def no_samples() -> InputError:
    """The error for a header alone."""
    return InputError("this sound has no samples", hint="check where it came from; only its header is there")


def unknown_format(stream: Any) -> InputError:
    """The error for a file that begins like no sound that is known."""
    bare = "if it is samples without a header (PCM), add --raw 16000,s16le with its own rate and format"
    is_bare = str(getattr(stream, "name", "")).lower().endswith(_BARE_ENDINGS)
    return InputError(
        "this is not a sound in any format that can be read",
        hint=bare if is_bare else f"convert it: {conversion(stream)}; {bare}",
    )
