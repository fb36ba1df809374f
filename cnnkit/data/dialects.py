"""What one system does by its own defaults, as a recipe with a name: a dialect.

Any field can be given another value. Standard library only.
"""

from __future__ import annotations

from typing import Any

from cnnkit.data.recipe import KINDS, Recipe, fft_below_frame
from cnnkit.data.recipe_fields import READERS, unknown_word
from cnnkit.errors import ArgumentError

DIALECTS = {
    recipe.dialect: recipe
    for recipe in (
        # The lecture's numbers: 51200 samples at hop 512 are 100 frames, 100x13x1. The rest is psf's.
        Recipe("lecture", frame_length=2048, hop_length=512, framing="pad-end"),
        # python_speech_features 0.6, mfcc() by its own defaults.
        Recipe("psf", frame_length="25ms", hop_length="10ms", framing="psf"),
    )
}


def read_recipe(dialect: str = "lecture", kind: str = "mfcc", /, **overrides: Any) -> Recipe:
    """The recipe of a dialect, with some of its fields given other values; None leaves a field as it is.

    Raises
    ------
    ArgumentError
        If the dialect, the kind or a field is unknown, or a value is one that no sound could make right.

    >>> read_recipe("psf", n_mfcc=20).n_mfcc
    20
    >>> read_recipe("lecture", "logmel").kind
    'logmel'
    """
    names = [name for name in Recipe._fields if name not in ("dialect", "kind")]
    if str(dialect) not in DIALECTS:
        raise unknown_word("dialect", dialect, DIALECTS)
    check_kind(kind)
    for name in overrides:
        if name not in names:
            raise unknown_word("field", name, names)
    given = {name: value for name, value in overrides.items() if value is not None}
    read = {name: READERS[name](name, value) for name, value in given.items()}
    recipe = DIALECTS[dialect]._replace(kind=kind, **read)
    _check_together(recipe)
    return recipe


def check_kind(word: str) -> None:
    """Refuse a word that is no kind of features."""
    if word not in KINDS:
        raise unknown_word("features", word, KINDS)


def _check_together(recipe: Recipe) -> None:
    if recipe.n_fft is not None and isinstance(recipe.frame_length, int) and recipe.n_fft < recipe.frame_length:
        raise ArgumentError(*fft_below_frame(recipe.n_fft, recipe.frame_length))
    if recipe.fmax is not None and recipe.fmax <= recipe.fmin:
        raise ArgumentError(
            f"fmax {recipe.fmax:g} Hz is not above fmin {recipe.fmin:g} Hz", hint="give the lower edge as fmin"
        )
    if recipe.kind == "mfcc" and recipe.n_mfcc > recipe.n_mels:
        raise ArgumentError(
            f"n_mfcc {recipe.n_mfcc} is above n_mels {recipe.n_mels}: as many bands give as many coefficients",
            hint=f"use n_mfcc {recipe.n_mels} or less, or n_mels {recipe.n_mfcc} or more",
        )
