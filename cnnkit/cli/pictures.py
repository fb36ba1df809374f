"""From a file to an image, whatever it holds; and where results of it will go, before any work."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from cnnkit.cli import compiling
from cnnkit.cli.delivery import named
from cnnkit.cli.inputs import Source
from cnnkit.cli.options import DEFAULT_FEATURES, DataSets, Results, Sounds
from cnnkit.cli.outputs import Outputs
from cnnkit.cli.preparation import prepared
from cnnkit.cli.report import Report
from cnnkit.data.preparation import Preparation
from cnnkit.data.raster import Raster
from cnnkit.files.images.frames import ALL
from cnnkit.files.images.raster import read_frames
from cnnkit.files.reading import is_sound

if TYPE_CHECKING:
    from cnnkit.cli.work.datasets import Collection


class Reading(NamedTuple):
    """How inputs become images."""

    sound: Sounds
    frame: str | None
    preparation: Preparation | None = None

    def looks(self, image: Raster) -> Raster:
        """A prepared image as it was before it was normalised: as people know it."""
        wanted = self.preparation
        if wanted is None or not wanted.mean or image.has_alpha or image.sound is not None:
            return image
        import numpy as np

        return image.with_samples(image.colour * np.array(wanted.std) + np.array(wanted.mean))


def read(source: Source, reading: Reading, report: Report, *, explain: bool = False) -> Iterator[Raster]:
    """Read the frames of an image that are wanted, one at a time, or a sound as one, prepare them, and say so."""
    if part := compiling.read_before():
        yield part
        return
    sound_options, frame, preparation = reading
    with source.open(is_raw=bool(sound_options.raw)) as stream:
        if is_sound(stream, frame, sound_options._asdict()):
            from cnnkit.cli import sounds

            image = sounds.read(source, stream, sound_options, report, explain=explain)
            yield compiling.read(prepared(image, preparation, source, report))
            return
        for raster in read_frames(stream, frame):
            place = raster.frame
            report.frame = "" if place is None or place.of == 1 else f"frame {place.number} of {place.of}"
            report.note(source, raster.notes)
            yield compiling.read(prepared(raster, preparation, source, report))
            if place and place.number < place.of:
                report.frame = f"frame {place.number + 1} of {place.of}"


def check(
    outputs: Outputs,
    sources: Sequence[Source],
    names: Sequence[str],
    reading: Reading,
    like_result: Callable[[Raster, int], Raster],
) -> list[Source]:
    """End the command if a result of the `names` may not be written; leave out inputs that are results of others.

    `like_result` gives an image with the channels of a result, by the number of its name.
    """
    sound_options, frame, _ = reading
    features = sound_options.features or DEFAULT_FEATURES
    if sound_options.dialect is not None:
        from cnnkit.data.recipes.dialects import read_recipe
        from cnnkit.data.recipes.recipe import features_name

        recipe = read_recipe(sound_options.dialect, features)
        features = features_name(recipe.dialect, recipe.kind)
    types = [outputs.chosen] if outputs.chosen else ["png", "npy", "csv"]
    if not outputs.chosen and any(source.name.lower().endswith(".zarr") for source in sources):
        types.append("zarr")
    prefixes = [f".frame{'1' if frame == ALL else frame}"] if frame else ["", f".{features}"]
    endings = [f"{prefix}.{name}.{type}" for name, type, prefix in itertools.product(names, types, prefixes)]

    def results(source: Source) -> Iterator[Path]:
        with suppress(Exception):  # of which its own turn will tell
            for image in read(source, reading, Report("", quiet=True)):
                for number, name in enumerate(names):
                    yield outputs.path(source, *named(outputs, source, name, like_result(image, number), image))

    return outputs.check(sources, endings, results, frames=frame == ALL)


def collection(wanted: DataSets, results: Results, sources: Sequence[Source]) -> Collection | None:
    """The data set that results become, if one is wanted."""
    if not wanted.is_wanted:
        return None
    from cnnkit.cli.work.datasets import Collection

    def size(source: Source) -> Sequence[int]:
        from cnnkit.files.images.header import read_size

        with source.open() as stream:
            return read_size(stream)

    return Collection(wanted, results, sources, size, "bring images to one size: --resize 224x224")
