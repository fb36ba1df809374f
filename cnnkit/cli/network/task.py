"""What ``cnnkit run`` does with each input: read it, run the network on it, and give what was wanted of it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from cnnkit import arrays
from cnnkit.arrays import Array
from cnnkit.cli import pictures
from cnnkit.cli.inputs import Source
from cnnkit.cli.network import loading
from cnnkit.cli.network.loading import Ready, Recipe
from cnnkit.cli.network.results import check_format, deliver, file_words
from cnnkit.cli.network.text import top_text
from cnnkit.cli.outputs import Outputs
from cnnkit.cli.report import Report
from cnnkit.data.network.graph import Network
from cnnkit.data.raster import Raster
from cnnkit.errors import ArgumentError, InputError
from cnnkit.files.reading import is_sound
from cnnkit.files.recognition import not_a_sound_error
from cnnkit.files.sounds.faults import unknown_format
from cnnkit.geometry.pair import counted
from cnnkit.network.layer_number import layer_number
from cnnkit.network.receptive_field import ITSELF
from cnnkit.network.volume import Shape, Vector, Volume, Waveform
from cnnkit.operations.network.classes import check_classes, top_classes
from cnnkit.operations.network.excitation import strongest_windows

if TYPE_CHECKING:
    from cnnkit.cli.figures import FigureFile

PARAGRAPH = "\n\n"
ALPHA = "its alpha is one more channel of the network's input; --rgb and --grey leave it out"


class Place(NamedTuple):
    """A feature map, as --where names it."""

    layer: str
    map: int  # from 0


class Wanted(NamedTuple):
    """What is made of the output of a network, beside a file."""

    writes: bool = True
    top: int | None = None
    labels: Mapping[int, str] = {}
    where: Place | None = None
    dry_run: bool = False


class Files(NamedTuple):
    """Files that show the run on one input."""

    figure: FigureFile | None = None
    activations: FigureFile | None = None


class Running(NamedTuple):
    """What is done with each input."""

    recipe: Recipe
    name: str  # of the network, in the names of results
    hears: bool  # whether the network takes sounds themselves
    reading: pictures.Reading
    wanted: Wanted
    files: Files = Files()

    @property
    def goes_by_rows(self) -> bool:
        """No row of a result is made of some rows alone."""
        return False

    @property
    def can_be_sent(self) -> bool:
        """Whether another process can do it: a dry run tells each table once."""
        return not (any(self.files) or self.wanted.dry_run)

    @property
    def shows(self) -> bool:
        """Whether it shows anything beside results."""
        return self.wanted.top is not None or self.wanted.where is not None or not self.can_be_sent

    def work(self, source: Source, outputs: Outputs, report: Report, threads: int | None) -> None:
        """Run the network on an input."""
        if self.hears:
            check_sound(source, self.reading, self.recipe.words[0])
        for image in pictures.read(source, self.reading, report):
            if self.files != Files() and image.frame is not None and not image.frame.is_alone:
                raise ArgumentError("--figure and --activations are of one frame, not all", "choose one: --frame 1")
            shape, batch = taken(image, hears=self.hears)
            if image.has_alpha:
                report.note(source, [ALPHA])
            recipe = self.recipe._replace(is_of_features=image.sound is not None and not self.hears)
            ready = loading.ready_for(recipe, shape, is_dry=self.wanted.dry_run)
            loading.say_once(ready.notes, report)
            self._check_output(outputs, source, _dimensions(ready.stack.output))
            facts = _facts(image, shape)
            words = file_words(self.name, image, hears=self.hears)
            if self.wanted.dry_run:
                self._foretell(source, outputs, report, image, words, ready, facts)
                continue
            found = self._run(recipe, shape, batch, ready, threads)
            output = found[ready.network.graph.output][0]
            if self.wanted.where is not None:
                _record_windows(source, report, image, self.wanted.where, ready.network, found)
                continue
            if self.wanted.top is not None:
                self._show_top(source, outputs, report, output, ready, facts)
            if self.wanted.writes:
                deliver(outputs, report, source, words, output, image, facts, threads)
            else:
                report.record(input=source.name, **facts, shape=list(output.shape), dtype="float32")
            self._draw(source, image, ready, found)

    def _check_output(self, outputs: Outputs, source: Source, shape: tuple[int, ...]) -> None:
        """Refuse what cannot be made of an output before it is computed."""
        if self.wanted.top is not None:
            check_classes(shape)
        if self.wanted.writes and not (outputs.is_shown(source) or outputs.collects):
            check_format(shape, outputs.format("npy"))

    def _run(self, recipe: Recipe, shape: Shape, batch: Array, ready: Ready, threads: int | None) -> dict[int, Array]:
        """The values of the network that are wanted, by their numbers."""
        graph = ready.network.graph
        for node in graph.nodes:
            arrays.check_size(node.shape, np.float32)
        program = loading.program_for(recipe, shape, self._kept(ready.network), threads)
        return program.run(batch)

    def _kept(self, network: Network) -> tuple[int, ...]:
        """The values that are wanted beside the output."""
        if self.files.activations is not None:
            return network.values
        kept: tuple[int, ...] = ()
        if self.files.figure is not None:
            from cnnkit.views.figures.layers import drawn_layers

            kept = tuple(network.values[row.number] for row in drawn_layers(network.stack))
        if self.wanted.where is not None:
            kept = (network.values[where_layer(self.wanted.where, network)],)
        return tuple(sorted({*kept}))

    def _foretell(
        self,
        source: Source,
        outputs: Outputs,
        report: Report,
        image: Raster,
        words: str,
        ready: Ready,
        facts: dict[str, Any],
    ) -> None:
        """Show the table of the network, once for each shape of inputs, and what would be written."""
        from cnnkit.cli.network.shape_text import json_facts, table_text

        if not ready.shown:
            ready.shown.append(True)
            text = table_text(ready.stack)
            report.show(text if loading.is_first_table() else f"\n{text.partition(PARAGRAPH)[0]}")
        facts["network"] = json_facts(ready.stack)
        if self.wanted.where is not None:
            where_layer(self.wanted.where, ready.network)
        output = _dimensions(ready.stack.output)
        if self.wanted.writes:
            deliver(outputs, report, source, words, output, image, facts)
        else:
            report.record(input=source.name, **facts, shape=list(output), dtype="float32")
        for file in self.files:
            if file is not None:
                file.write(lambda file_type, note: lambda stream: None)

    def _show_top(
        self, source: Source, outputs: Outputs, report: Report, output: Array, ready: Ready, facts: dict[str, Any]
    ) -> None:
        """Print the largest of the values, which the JSON object has too."""
        wanted, layers = self.wanted, ready.network.stack.layers
        has_softmax = bool(layers) and layers[-1].layer.name == "softmax"
        classes = top_classes(output, wanted.top or 1, has_softmax=has_softmax)
        if wanted.labels and len(wanted.labels) != output.size:
            note = f"--labels names {len(wanted.labels):,} classes, and the network has {output.size:,} values"
            report.note(source, [note])
        head = f"{source}{f', {report.frame}' if report.frame else ''}"
        report.show(top_text(head, classes, wanted.labels, output.size, has_softmax=has_softmax))
        facts["top"] = [
            {"class": one.number, "name": wanted.labels.get(one.number), "value": one.value, "share": one.probability}
            for one in classes
        ]

    def _draw(self, source: Source, image: Raster, ready: Ready, found: dict[int, Array]) -> None:
        """Write all activations, and the figure of the layers."""
        network, (figure, activations) = ready.network, self.files
        if activations is not None:
            from cnnkit.files.matrices import encode_arrays

            layers = zip(network.names, network.values[1:], strict=True)
            outputs = {name: np.ascontiguousarray(found[value][0]) for name, value in layers}
            activations.write(lambda file_type, note: encode_arrays(outputs, note))
        if figure is not None:
            from cnnkit.views.figures.layers import LayerMaps, draw_layers, drawn_layers

            rows = [LayerMaps(row, found[network.values[row.number]][0]) for row in drawn_layers(network.stack)]
            figure.write(partial(draw_layers, str(source), self.recipe.text, self.reading.looks(image), rows))


def check_sound(source: Source, reading: pictures.Reading, first: str) -> None:
    """Refuse what is no sound for a network whose first layer takes a sound itself."""
    with source.open(is_raw=bool(reading.sound.raw)) as stream:
        if not is_sound(stream, reading.frame, reading.sound._replace(features=None)._asdict()):
            known = not_a_sound_error(stream)
            if known is None:
                raise unknown_format(stream)
            raise InputError(f"{first} takes a sound: {known.problem}", f"give a sound, or leave {first} out")


def taken(image: Raster, *, hears: bool) -> tuple[Shape, Array]:
    """The input of a network that an image is, or a sound as it was recorded; its numbers as a batch of one."""
    if not hears:
        shape = Volume(*image.shape)
        arrays.check_size((1, *shape), np.float32)
        return shape, np.ascontiguousarray(image.samples[None], np.float32)
    if image.shape[2] > 1:
        problem = f"a network takes one channel of a sound, not {image.shape[2]}"
        raise InputError(problem, hint="leave --channel all out: --channel mix, left, right or a number")
    rate = image.sound.sample_rate if image.sound is not None else 1
    return Waveform(image.shape[1], rate), np.ascontiguousarray(image.samples[..., 0], np.float32)


def where_layer(where: Place, network: Network) -> int:
    """The number of the layer of a map; an error if it has no such map."""
    stack = network.stack
    number = layer_number(stack, where.layer)
    shape = stack.layers[number - 1].output if number else stack.input
    maps = 0 if isinstance(shape, Waveform) else shape[-1]
    if where.map >= maps:
        word = stack.layers[number - 1].word if number else "the input"
        held = f"{counted(maps, 'map')}, 0 to {maps - 1}" if maps else "no maps"
        hint = f"give one from 0 to {maps - 1}" if maps else "name a layer: layers are counted from 1"
        raise ArgumentError(f"--where {where.layer}:{where.map}: {word} has {held}", hint)
    return number


def _record_windows(
    source: Source, report: Report, image: Raster, where: Place, network: Network, found: dict[int, Array]
) -> None:
    """Keep where an input excites a map most."""
    number, stack = where_layer(where, network), network.stack
    values = found[network.values[number]][0][..., where.map]
    field = (stack.layers[number - 1].field if number else ITSELF) if values.ndim == 2 else None
    windows = strongest_windows(np.atleast_2d(values), field, ground_size(network))
    framed = {"frame": image.frame.number} if image.frame is not None else {}
    facts = {"layer": number, "word": stack.layers[number - 1].word if number else "input", "map": where.map}
    report.record(input=source.name, **framed, **facts, windows=[window.facts for window in windows])


def ground_size(network: Network) -> tuple[int, int]:
    """Rows and columns of what receptive fields count: the input, or of a sound its features."""
    shape = network.stack.input
    if isinstance(shape, Waveform):
        shape = next((one.output for one in network.stack.layers if isinstance(one.output, Volume)), Vector(1))
    return (shape.rows, shape.columns) if isinstance(shape, Volume) else (1, shape.values)


def _facts(image: Raster, shape: Shape) -> dict[str, Any]:
    """What ``--json`` says of an input."""
    frame, sound = image.frame, image.sound
    framed = {"frame": frame.number, "frame_count": frame.of} if frame is not None else {}
    heard = {"sample_rate": sound.sample_rate} if sound is not None else {}
    prepared = {"preparation": image.preparation} if image.preparation else {}
    return {"notes": list(image.notes), **framed, **heard, **prepared, "input_shape": list(shape)}


def _dimensions(shape: Shape) -> tuple[int, ...]:
    return (shape.samples,) if isinstance(shape, Waveform) else tuple(shape)
