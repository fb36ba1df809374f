"""What a network takes of an image or a sound, and which maps a layer has."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from cnnkit.cli.network.loading import Recipe, ready_for
from cnnkit.cli.network.task import Files, Place, Running, Wanted, ground_size, taken, where_layer
from cnnkit.cli.options import Sounds
from cnnkit.cli.pictures import Reading
from cnnkit.data.raster import Raster, SoundOrigin
from cnnkit.errors import ArgumentError, InputError
from cnnkit.network.volume import Volume, Waveform

TASK = Running(Recipe(("relu",)), "relu", False, Reading(Sounds(), None), Wanted())


def test_an_image_is_its_samples_and_a_sound_its_waveform() -> None:
    levels = np.arange(12, dtype=np.uint8).reshape(2, 3, 2)
    shape, batch = taken(Raster(levels), hears=False)
    assert (shape, batch.dtype) == (Volume(2, 3, 2), np.float32)
    np.testing.assert_array_equal(batch[0], levels)
    origin = SoundOrigin("waveform", 8000, None, {})
    sound, samples = taken(Raster(np.ones((1, 50, 1), np.int16), sound=origin), hears=True)
    assert (sound, samples.shape) == (Waveform(50, 8000), (1, 50))
    with pytest.raises(InputError, match="one channel of a sound, not 2"):
        taken(Raster(np.ones((1, 50, 2)), sound=origin), hears=True)


def test_a_task_can_be_sent_unless_it_draws_or_foretells() -> None:
    assert pickle.loads(pickle.dumps(TASK)) == TASK
    assert TASK.can_be_sent
    assert not TASK.shows
    assert not TASK._replace(wanted=Wanted(dry_run=True)).can_be_sent
    assert TASK._replace(wanted=Wanted(top=3)).shows
    assert TASK.files == Files()


def test_the_maps_of_layers() -> None:
    network = ready_for(Recipe(("conv3-8", "relu", "gap")), Volume(6, 6, 3)).network
    assert [where_layer(Place(*place), network) for place in (("1", 7), ("gap", 0), ("0", 2))] == [1, 3, 0]
    with pytest.raises(ArgumentError, match="conv3-8 has 8 maps, 0 to 7"):
        where_layer(Place("1", 8), network)
    with pytest.raises(ArgumentError, match="the input has 3 maps"):
        where_layer(Place("0", 3), network)
    with pytest.raises(ArgumentError, match="there is no layer 9"):
        where_layer(Place("9" * 5000, 0), network)
    heard = ready_for(Recipe(("mfcc13",)), Waveform(51200, 22050)).network
    with pytest.raises(ArgumentError, match="the input has no maps") as caught:
        where_layer(Place("0", 0), heard)
    assert "-1" not in caught.value.hint


def test_fields_lie_on_the_input_or_on_the_features_of_a_sound() -> None:
    assert ground_size(ready_for(Recipe(("conv3-8",)), Volume(6, 7, 3)).network) == (6, 7)
    assert ground_size(ready_for(Recipe(("mfcc13", "conv3-8")), Waveform(51200, 22050)).network) == (100, 13)
