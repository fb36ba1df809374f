"""What a user may give for a kernel: a preset with its settings, rows of weights as text, or an array.

    sobel    sobel:45    gaussian:sigma=2,size=7    "0 -1 0; -1 5 -1; 0 -1 0"

`cnnkit.kernel` and `cnnkit.kernels` are defined here. Any text gives a kernel or an `ArgumentError`.
"""

from __future__ import annotations

import re

import numpy.typing as npt

from cnnkit.data.kernels.kernel import Kernel, grid_name
from cnnkit.data.kernels.preset import Preset, RealPair
from cnnkit.data.kernels.presets import PRESETS
from cnnkit.data.kernels.search import OTHER_WORDS, POOLINGS, near_word, plain, preset_called, search
from cnnkit.data.kernels.weights_text import WRITE_ROWS, divided, ratio, weights_from_rows
from cnnkit.errors import ArgumentError, nearest, quoted

_NUMBERED = re.compile(r"(.*?[a-z])[-.]*(\d[\d.]*)(x\d+)?")
_PAIR = re.compile(r"[(\[]\s*([\d.]+)\s*,\s*([\d.]+)\s*[)\]]|(?<=\d)X(?=\d)")
"""How other tools write two numbers."""


def kernels() -> tuple[Preset, ...]:
    """Return every named kernel, family by family.

    Returns
    -------
    tuple of Preset
        Each with its ``name``, ``parameters``, ``detects`` and ``source``.

    Examples
    --------
    >>> [preset.name for preset in kernels()][:3]
    ['identity', 'box', 'mean']
    """
    return tuple(PRESETS.values())


def kernel(spec: Kernel | npt.ArrayLike) -> Kernel:
    """Make a kernel from a preset's name, from rows of weights written as text, or from an array.

    Parameters
    ----------
    spec : str, array_like or Kernel
        A preset: ``name``, ``name:value`` for its first setting, or ``name:setting=value,setting=value``.
        Or rows of weights: ``0 -1 0; -1 5 -1; 0 -1 0``, with ``;`` or line ends between rows and spaces or commas
        between weights; fractions such as ``1/9``, a factor beside rows in brackets as in
        ``1/16 * (1 2 1; 2 4 2; 1 2 1)``, nested rows as Python prints them, ImageMagick's ``3x3: 0,-1,0, ...``
        (columns x rows), and ``#`` comments are read too.
        Or real numbers of shape (rows, columns), (rows, columns, depth) or (rows, columns, depth / groups, kernels).
        A Kernel is returned as it is.

    Returns
    -------
    Kernel
        float64 weights. Its name is the preset's, with the settings given ("sobel45", "gaussian-sigma2-size7"); of
        written rows their grid and four digits of a checksum ("k3x3-8819"); of an array "kernel". It holds letters,
        digits, dots and hyphens only.

    Raises
    ------
    ArgumentError
        If no preset has this name or this setting, a setting is out of bounds or given twice, rows differ in length,
        a word is not a finite number, or a text holds more than 1001 rows or columns.

    Notes
    -----
    The kernel is applied as written (cross-correlation). ``@FILE`` belongs to the command line.

    Examples
    --------
    >>> kernel("sobel:90").weights
    array([[ 1.,  2.,  1.],
           [ 0.,  0.,  0.],
           [-1., -2., -1.]])
    >>> kernel("1/4 * (1 1; 1 1)").weights
    array([[0.25, 0.25],
           [0.25, 0.25]])
    >>> kernel("gaussian:sigma=2,size=7")
    Kernel('gaussian-sigma2-size7', 7x7)
    """
    if isinstance(spec, Kernel):
        return spec
    if not isinstance(spec, str):
        return Kernel(spec)  # type: ignore[arg-type]  # Kernel makes the array and refuses what is none
    text = "\n".join(line.partition("#")[0] for line in spec.splitlines()).strip()
    if not text:
        raise ArgumentError("the kernel is empty", hint=f"name a preset such as sobel, or {WRITE_ROWS}")
    if text.startswith("@"):
        raise ArgumentError(
            f"{quoted(text)}: @FILE is read by the command line alone",
            hint="read the file yourself and give its text or its array",
        )
    if text[0].isalpha() and ";" not in text and "\n" not in text:
        return _named(text)
    weights = weights_from_rows(text)
    return Kernel(weights, grid_name(weights))


def _named(text: str) -> Kernel:
    """Read ``name``, ``name:value`` or ``name:setting=value,...``; the first setting needs no name."""
    several = [one.strip() for one in re.split(r"[+,&]", text)]
    if len(several) > 1 and all(preset_called(one.partition(":")[0]) for one in several):
        hint = f"write -k {' -k '.join(several[:3])}, and for one result --combine magnitude"
        raise ArgumentError(f"{quoted(text)} is {len(several)} kernels", hint=hint)
    word, colon, rest = text.partition(":")
    preset = _preset(word)
    if not colon:
        return preset.kernel()
    first = next(iter(preset.parameters), "")
    if not first:
        raise ArgumentError(f"{preset.name} has no settings", hint=f"write {preset.name} alone")
    meant = _PAIR.sub(r"\1x\2", rest).replace(":", ",")
    if meant != rest:
        kernel(f"{preset.name}:{meant}")  # which may have a fault of its own
        hint = f"write {preset.name}:{meant}{' (rows x columns)' * ('x' in meant)}"
        raise ArgumentError(f"{quoted(rest)} cannot be read", hint=hint)
    settings: dict[str, RealPair] = {}
    name = preset.name
    for place, item in enumerate(rest.split(",")):
        setting, equals, value = (part.strip() for part in item.partition("="))
        if not equals:
            if place > 0:
                done = f"write {preset.name}:{','.join(rest.split(',')[:place])}"
                free = next((one for one in preset.parameters if one not in settings), "")
                hint = f"{done},{free}={setting}" if free and setting else done
                is_pair = setting and preset.takes_pair([*settings][-1])
                hint += f", or {done[6:]}x{setting} for rows and columns" if is_pair else ""
                raise ArgumentError(f"{quoted(setting)} is not a setting", hint=hint)
            setting, value = first, setting
        preset.check_setting(setting)
        if setting in settings:
            raise ArgumentError(f"{setting} is given twice", hint=f"give {setting} once")
        settings[setting] = _setting(preset, setting, value, is_named=bool(equals))
        name += f"-{setting}" * bool(equals) + _in_name(settings[setting])
    return preset.kernel(name, **settings)


def _can_be_read(text: str) -> bool:
    try:
        kernel(text)
    except ArgumentError:
        return False
    return True


def _preset(word: str) -> Preset:
    if preset := preset_called(word):
        return preset
    name = plain(word)
    single, other = name.removesuffix("s"), nearest(name, OTHER_WORDS, 0.85)
    hits = search(name) or search(other)
    known = single if single in PRESETS else OTHER_WORDS.get(other)
    near = known or (hits[0].name if hits else near_word(name))
    lists = f"{name if search(name) else other} lists others" if len(hits) > 1 else "lists them all"
    hint = f"cnnkit kernels lists all {len(PRESETS)}; or {WRITE_ROWS}"
    found = _NUMBERED.fullmatch(name)
    stem, number, other = found.groups("") if found else ("", "", "")
    sizes = [f"size={number}{other}", f"size={number}"] if other or re.fullmatch("[3579]|1[13]", number) else []
    ways = [one for one in (*sizes, number) if stem in PRESETS and _can_be_read(f"{stem}:{one}")]
    if ways:
        hint = f"write the setting after a colon: {stem}:{ways[0]}"
    elif name in POOLINGS:
        hint = f"use pooling, as in cnnkit pool photo.png --size 3 --stride 1 --padding same --type {POOLINGS[name]}"
    elif name == "canny":
        hint = "there is no Canny: use edge, or sobel-x and sobel-y with --combine magnitude"
    elif near in PRESETS:
        finds = f" ({PRESETS[near].detects})" if hits else ""
        hint = f"did you mean {near}{finds}? cnnkit kernels {lists}"
    elif name.endswith((".txt", ".csv", ".npy", ".json", ".mat")):
        hint = f"on the command line, write @{name} to read a file"
    elif near:
        hint = f"try cnnkit kernels {near}, or cnnkit kernels for all {len(PRESETS)}"
    raise ArgumentError(f"unknown kernel {quoted(word.strip())}", hint=hint)


def _setting(preset: Preset, setting: str, word: str, *, is_named: bool) -> RealPair:
    kind, default = preset.parameters[setting]
    if not word:
        raise ArgumentError(f"{setting} has no value", hint=f"write {preset.name}:{setting}={default:g}")
    parts = word.split("x")
    most = 2 if preset.takes_pair(setting) else 1
    if preset.name == "laws" and (found := re.fullmatch("([LESWR])5([LESWR])5", word.upper())):
        down, across = ("LESWR".index(letter) + 1 for letter in found.groups())
        hint = f"write laws:rows={down},columns={across} (L5 is 1, E5 2, S5 3, W5 4, R5 5)"
        raise ArgumentError(f"{quoted(word)} is no number", hint=hint)
    if len(parts) > most and all(parts) and re.fullmatch(r"[0-9./x]+", word):
        most_text = "1 or 2 (rows x columns)" if most == 2 else "1"
        is_size = "size" in preset.parameters and not is_named and (setting == "angle" or parts[0] == parts[1])
        sizes = [f"size={part}" for part in parts if is_size and _can_be_read(f"{preset.name}:size={part}")]
        hint = f"write {preset.name}:{[*sizes, f'{setting}=' + 'x'.join(parts[:most])][0]}"
        raise ArgumentError(f"{quoted(word)} for {setting} has {len(parts)} numbers, not {most_text}", hint=hint)
    if len(parts) != 2 or most < 2 or not all(parts):
        return _number(kind, setting, word)
    rows, columns = (_number(kind, setting, part.strip()) for part in parts)
    return rows if rows == columns else (rows, columns)


def _number(kind: type, setting: str, word: str) -> float:
    place = f"for {setting}"
    value = divided(ratio(word, place), word, place)
    if kind is int and not value.is_integer():
        raise ArgumentError(f"{quoted(word)} {place} is not a whole number", hint=f"write {setting} as 3 or 5")
    return int(value) if kind is int else value + 0.0  # + 0.0 turns -0.0 into 0.0


def _in_name(value: RealPair) -> str:
    """Write a setting for a file name: six digits, no plus sign."""
    numbers = value if isinstance(value, tuple) else (value,)
    return "x".join(f"{number:.6g}".replace("+", "") for number in numbers)
