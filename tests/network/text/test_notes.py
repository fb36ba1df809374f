"""What is said about steps that hide something, and that nothing is said about the others."""

from itertools import product

import pytest

from cnnkit.geometry.window import Window, output_length, place
from cnnkit.network.receptive_field import LONGEST_PERIOD
from cnnkit.network.shape import shape
from cnnkit.network.text.notes import notes


@pytest.mark.parametrize(
    ("stack", "expected"),
    [
        ("28x28 conv3-8", []),
        ("28x28 maxpool2", []),
        ("28x28 conv3-8 relu", []),
        ("28x28x4 avgpool-to5", []),
        ("28x28x4 upsample2", []),
        ("784 relu", []),
        ("51200@22050 waveform", []),
        ("51200@22050 spectrogram:hop10ms:center",
         ["232 frames at hop 221 and 22,050 Hz are 2.33 s",
          "232 frames by framing center; python_speech_features (psf) 224"]),
        ("7x7 upsample65", [f"the receptive field is not followed beyond {LONGEST_PERIOD} neighbours that see unlike"
                            " parts"]),
        ("224x224x3 conv7-64:s2:p3", []),
        # unseen samples
        ("28x28 conv3-8:s2:valid", ["the last 1 row and the last 1 column are never looked at"]),
        ("28x27 conv3-8:s2:valid", ["the last 1 row is never looked at"]),
        ("28x29 conv3-8:s4x3:valid", ["the last 2 columns are never looked at",
                                      "1 of every 4 rows is never looked at"]),
        ("27x28 maxpool2", ["the last 1 row is never looked at",
                            "Caffe rounds pooling up, to 14x14; write :ceil for it"]),
        ("27x28 maxpool2:ceil", ["TensorFlow rounds pooling down, to 13x14"]),
        # taps that a dilation spreads land on the same rows again and again
        ("21x21 conv3-8:d2:s2:valid", ["1 of every 2 rows and 1 of every 2 columns are never looked at"]),
        ("22x21 conv2-8:d3x2:s3x4:valid", ["the last 2 columns are never looked at",
                                           "2 of every 3 rows and 2 of every 4 columns are never looked at"]),
        ("21x21 conv3-8:d2:s3:valid", ["the last 1 row and the last 1 column are never looked at"]),
        ("9x9 conv1-8:s3", ["2 of every 3 rows and 2 of every 3 columns are never looked at"]),
        # same
        ("28x28 conv3-8:s2", ["PyTorch has no same padding with a stride; pad by 0x1x0x1 before it there"]),
        ("27x27 conv3-8:s2", ["PyTorch has no same padding with a stride; padding 1 is the same there"]),
        ("27x27 conv3x5-8:s2", ["PyTorch has no same padding with a stride; padding (1, 2) is the same there"]),
        ("28x28 conv2-8:same-lower", ["TensorFlow and PyTorch put the odd sample of same padding after, not before"]),
        ("28x28 conv3-8:same-lower", []),
        ("28x28 maxpool3:s1:same", ["PyTorch has no same padding in its pools; padding=1 is the same there"]),
        ("28x28 maxpool3:s2:same",
         ["PyTorch has no same padding in its pools; padding=0, ceil_mode=True is the same there"]),
        ("27x28 avgpool5:s2:same",
         ["PyTorch has no same padding in its pools; padding=(2, 1), ceil_mode=True, count_include_pad=False"
          " is the same there"]),
        ("28x28 maxpool2:s1:same",
         ["PyTorch has no same padding in its pools; pad by 0x1x0x1 with -inf before it there"]),
        ("28x28 avgpool2:s1:same",
         ["PyTorch has no same padding in its pools; there is nothing the same there at the border"]),
        ("28x28 maxpool2:same", []),
        # pools
        ("8x8 avgpool2:p2", ["2 of its 6 rows and 2 of its 6 columns see padding alone; write avgpool2 for 4x4x1",
                             "PyTorch refuses a pool with more padding than half its window"]),
        ("9x9 avgpool2:d2", ["1 of every 2 rows and 1 of every 2 columns are never looked at",
                             "PyTorch's average pools have no dilation"]),
        ("28x28 maxpool3:s1:d2:same",
         ["PyTorch has no same padding in its pools; pad by 2x2x2x2 with -inf before it there"]),
        ("28x28 avgpool3:s1:d2:same", ["PyTorch's average pools have no dilation"]),
        ("8x8 avgpool2:p1", []),
        # transposed convolutions
        ("7x7 tconv2-8:s2", []),
        ("7x7 tconv4-8:s2", ["PyTorch has no same padding here; padding 1 is the same there"]),
        ("8x8 tconv1x3-8:s2",
         ["1 of every 2 rows holds the bias alone, for no sample reaches it",
          "PyTorch has no same padding here; leave its padding at 0, give it output_padding (1, 0) and cut 0x0x0x1"
          " off there"]),
        ("7x7 tconv2-8:s3",
         ["1 of every 3 rows and 1 of every 3 columns hold the bias alone, for no sample reaches them",
          "PyTorch has no same padding here; padding 0 and output_padding 1 is the same there"]),
        ("7x7 tconv3-8:s2",
         ["PyTorch has no same padding here; leave its padding at 0 and cut 0x1x0x1 off there"]),
        ("7x7 tconv2-8:s3:valid:nobias",
         ["1 of every 3 rows and 1 of every 3 columns are 0, for no sample reaches them",
          "TensorFlow's valid gives 21x21"]),
        ("7x7 tconv3-8:s2:valid:op1", ["the last 1 row and the last 1 column hold the bias alone, for no sample"
                                       " reaches them"]),
        ("7x1 tconv3x2-8:d2x3:s2x1:valid",
         ["1 of every 2 rows and 2 of its 4 columns hold the bias alone, for no sample reaches them"]),
        ("8x8 tconv1-8:p1x0", ["2 of its 8 input rows reach nothing but what the padding cuts off"]),
        ("9x9 tconv1-1:s2 conv1-8:s2:p1", ["1 of every 2 rows and 1 of every 2 columns are never looked at",
                                           "1 of its 10 rows and 1 of its 10 columns see padding alone",
          "no sample of the stack's input reaches it: it sees the holes of the upscaling before it alone"]),
        # values that see padding alone
        ("16000x1x1 conv3x1-32:p1", ["2 of its 3 columns see padding alone; write conv3x1-32:p1x0 for 16000x1x32"]),
        ("8x8 conv1-8:p1x0", ["2 of its 10 rows see padding alone; write conv1-8:valid for 8x8x8"]),
        ("8x8 conv3-8:s2:p4",
         ["2 of its 7 rows and 2 of its 7 columns see padding alone; write conv3-8:s2:p2 for 5x5x8"]),
        ("4x4 maxpool2:s1:p3", ["4 of its 9 rows and 4 of its 9 columns see padding alone;"
                                " write maxpool2:s1:p1 for 5x5x1",
                                "PyTorch refuses a pool with more padding than half its window"]),
        ("8x8 conv1-8:s2:p0x0x2x1", ["1 of every 2 rows and 1 of every 2 columns are never looked at",
                                     "2 of its 6 columns see padding alone; write conv1-8:s2:valid for 4x4x8"]),
        ("1x1 conv3-8:d2:full", ["2 of its 5 rows and 2 of its 5 columns see padding alone"]),
        ("1x1x8 conv2-8:d4", ["its whole output sees padding alone"]),
        ("1x1x8 maxpool2:d4:p2", ["its whole output sees padding alone",
                                  "PyTorch refuses a pool with more padding than half its window"]),
        # few windows, spread far
        ("9x9 conv3-8:d4:valid", ["6 of its 9 rows and 6 of its 9 columns are never looked at"]),
        ("9x9 conv3-8:s9", ["the last 6 rows and the last 6 columns are never looked at"]),
        ("10x9 conv3-8:d4:valid", ["4 of its 10 rows and 6 of its 9 columns are never looked at"]),
        ("7x7 tconv3-8:s2:p1:op1", []),
        (f"7x7 tconv65-8:s{LONGEST_PERIOD + 1}:valid",
         [f"the receptive field is not followed through upscaling by more than {LONGEST_PERIOD}"]),
        # frames
        ("51200@22050 mfcc13",
         ["100 frames at hop 512 and 22,050 Hz are 2.32 s",
          "100 frames by framing pad-end; librosa (center) 101, python_speech_features (psf) 97"]),
        ("51200@22050 mfcc13:center", ["101 frames at hop 512 and 22,050 Hz are 2.35 s",
          "101 frames by framing center; python_speech_features (psf) 97"]),
        ("999999@8000 mfcc13:hop1",
         ["999,999 frames at hop 1 and 8,000 Hz are 125.00 s",
          "999,999 frames by framing pad-end; librosa (center) 1,000,000, python_speech_features (psf) 997,952"]),
        ("100@22050 mfcc13", ["1 frame at hop 512 and 22,050 Hz is 0.0232 s"]),
        # even kernels
        ("28x28 conv4-8", ["an even kernel has no middle: same padding is 1x2x1x2, the odd sample after"]),
        ("28x28 conv2x3-8", ["an even kernel has no middle: same padding is 0x1x1x1, the odd sample after"]),
        ("28x28 conv4-8:s2", ["PyTorch has no same padding with a stride; padding 1 is the same there"]),
        ("28x28 conv4-8:valid", []),
        # what never meets a sample
        ("1x1x8 conv3-8", ["only 1x1 of its 3x3 weights ever meets a sample, the others meet padding alone;"
                           " conv1-8 does the same"]),
        ("1x9x8 conv3-8", ["only 1x3 of its 3x3 weights ever meet a sample, the others meet padding alone;"
                           " conv1x3-8 does the same"]),
        ("9x1 conv3-8:p1:nobias", ["only 3x1 of its 3x3 weights ever meet a sample, the others meet padding alone;"
                                   " conv3x1-8:p1x0:nobias does the same"]),
        ("3x3 conv3-8:d4", ["only 1x1 of its 3x3 weights ever meets a sample, the others meet padding alone;"
                            " conv1-8 does the same"]),
        ("5x5 conv3-8:s9:d5", ["4 of its 5 rows and 4 of its 5 columns are never looked at",
                               "only 1x1 of its 3x3 weights ever meets a sample, the others meet padding alone",
                               "PyTorch has no same padding with a stride; padding 3 is the same there"]),
        ("2x2 conv3-8", []),
        ("1x1x8 conv1-8", []),
        ("1x1x8 maxpool1", []),
        ("2x2x8 maxpool2", []),
    ],
)  # fmt: skip
def test_notes(stack: str, expected: list[str]) -> None:
    assert notes(shape(stack).layers[-1]) == expected


def test_ceil_lets_a_pool_hang_over_by_the_odd_sample_of_same() -> None:
    # What _pool_cure tells users of PyTorch, whose ceil_mode is ours.
    for length, size, stride in product(range(1, 30), range(1, 8), range(2, 6)):
        same = place((length, length), Window((size, size), (stride, stride)), "same")
        before, after = same.padding.top, same.padding.bottom
        if after == before + 1 and length + 2 * before >= size:
            assert output_length(length, before, before, size, stride, ceil=True) == same.output[0]
