"""Reading the notation: every form, every mistake with its place and its cure, and any text at all."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cnnkit.errors import ArgumentError, NotationError
from cnnkit.geometry.padding import Padding
from cnnkit.network.notation.expansion import MOST_LAYERS, read_stack
from cnnkit.network.notation.reading import read_input, read_layer, read_output, read_sides, refuse_foreign
from cnnkit.network.notation.spec import FORMS
from cnnkit.network.notation.word import Word
from cnnkit.network.shape import shape
from cnnkit.network.volume import Shape, Vector, Volume, Waveform


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("224x224x3", Volume(224, 224, 3)),
        ("28x28", Volume(28, 28, 1)),
        ("100x13x1", Volume(100, 13, 1)),
        ("51200@22050", Waveform(51200, 22050)),
        # Few rows are not yet depth first.
        ("1x1x512", Volume(1, 1, 512)),
        ("3x3x512", Volume(3, 3, 512)),
        ("4x4x512", Volume(4, 4, 512)),
        ("1x100x13", Volume(1, 100, 13)),
        ("3x20x64", Volume(3, 20, 64)),
        ("2x2", Volume(2, 2, 1)),
        ("784", Vector(784)),
    ],
)
def test_inputs(text: str, expected: Shape) -> None:
    assert read_input(Word(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"), [("7x7x512", Volume(7, 7, 512)), ("28x28", Volume(28, 28, 1)), (" 10 ", Vector(10))]
)
def test_outputs(text: str, expected: Volume | Vector) -> None:
    assert read_output(text) == expected


@pytest.mark.parametrize(
    ("text", "settings"),
    [
        ("conv3-64", {}),
        ("conv3-64:s2", {"stride": (2, 2)}),
        ("conv3-64:s2x1:d3:g4", {"stride": (2, 1), "dilation": (3, 3), "groups": 4}),
        ("conv3-64:nobias:valid", {"bias": False, "padding": "valid"}),
        ("conv3-64:p0", {"padding": Padding(0, 0, 0, 0)}),
        ("conv3-64:p1x2", {"padding": Padding(1, 1, 2, 2)}),
        ("conv3-64:p0x1x2x3", {"padding": Padding(0, 1, 2, 3)}),
        ("conv3-64:same-lower", {"padding": "same-lower"}),
        ("tconv3-64:s2:p1:op1", {"stride": (2, 2), "padding": Padding(1, 1, 1, 1), "output_padding": (1, 1)}),
        ("dwconv3:m2", {"multiplier": 2}),
        ("avgpool3:s2:p1:ceil", {"stride": (2, 2), "padding": Padding(1, 1, 1, 1), "ceil": True}),
        ("maxpool2:full", {"padding": "full"}),
        ("fc10:nobias", {"bias": False}),
        ("mfcc13:hop512:win2048:valid", {"hop_length": 512, "frame_length": 2048, "framing": "valid"}),
        ("logmel40:pad-end", {"framing": "pad-end"}),
        ("mel64:hop10ms:win25ms", {"hop_length": "10ms", "frame_length": "25ms"}),
        ("spectrogram:win400:fft512", {"frame_length": 400, "n_fft": 512}),
        ("upsample2:bilinear", {"mode": "bilinear"}),
        ("prelu:channels", {"is_each_channel": True}),
    ],
)
def test_settings(text: str, settings: dict[str, object]) -> None:
    assert {setting.target: setting.value for setting in read_layer(Word(text)).settings} == settings


def test_our_own_characters_pass() -> None:
    refuse_foreign(Word("abcxyz0189-:@"))


def test_sizes_and_counts() -> None:
    spec = read_layer(Word("conv3x5-64"))
    assert (spec.name, spec.size, spec.count) == ("conv", (3, 5), 64)
    spec = read_layer(Word("maxpool2"))
    assert (spec.size, spec.count) == ((2, 2), None)
    spec = read_layer(Word("fc10"))
    assert (spec.size, spec.count) == (None, 10)


@pytest.mark.parametrize(
    ("text", "name", "size"),
    [
        ("avgpool-to7", "avgpool-to", (7, 7)),
        ("maxpool-to7x5", "maxpool-to", (7, 5)),
        ("upsample2x3", "upsample", (2, 3)),
        ("pad1", "pad", Padding(1, 1, 1, 1)),
        ("pad0x1x0x1", "pad", Padding(0, 1, 0, 1)),
        ("crop1x2", "crop", Padding(1, 1, 2, 2)),
        ("reshape784", "reshape", Vector(784)),
        ("reshape28x28", "reshape", Volume(28, 28, 1)),
        ("reshape7x7x256", "reshape", Volume(7, 7, 256)),
    ],
)
def test_sizes_that_are_no_windows(text: str, name: str, size: object) -> None:
    spec = read_layer(Word(text))
    assert (spec.name, spec.size, spec.count) == (name, size, None)


@pytest.mark.parametrize("times", [1, 2, 5, MOST_LAYERS])
def test_repeats_count_the_word_before_them(times: int) -> None:
    assert len(read_stack([f"28x28 conv3-8 x{times}"]).layers) == times
    assert str(read_stack(["28x28 relu conv3-8 x2 relu"])) == "28x28x1 relu conv3-8 conv3-8 relu"


# The stack, what is wrong, the characters above the carets, a part of the hint.
MISTAKES = [
    # the input
    ("", "word 1 is empty", '""', "leave it out"),
    ("conv3-64 maxpool2", "begins with a layer, 'conv3-64'", "conv3-64", "begin with the input"),
    ("cnv3-64 maxpool2", "begins with a layer, 'cnv3-64'", "cnv3-64", "begin with the input"),
    ("photo.png conv3-64", "'photo.png' names a file, and the library reads none", "photo.png", "224x224x3"),
    ("-5x5 conv3-64", "'-5x5' is not an input", "-5x5", "224x224x3"),
    ("1x224x224x3 relu", "the input 1x224x224x3 has 4 numbers", "1x224x224x3", "batch out: write 224x224x3"),
    ("1x3x224x224 relu", "has 4 numbers", "1x3x224x224", "write 224x224x3, rows x columns x depth"),
    ("8x3x224x224 relu", "has 4 numbers", "8x3x224x224", "write 224x224x3, rows x columns x depth, and --batch 8"),
    ("@net.txt relu", "'@net.txt' names a file, and the library reads none", "@net.txt", "cnnkit.shape(*text.split())"),
    ("28x28 @net.txt", "'@net.txt' names a file", "@net.txt", "give its words"),
    ("28x28 @", "unknown layer '@'", "@", "layers are"),
    ("vgg61 relu", "'vgg61' is not an input", "vgg61", "networks of that name: vgg11, vgg13, vgg16"),
    ("28x28 lenet", "unknown layer 'lenet'", "lenet", "write lenet5"),
    ("1x2x3x4x5 relu", "the input has 5 numbers", "1x2x3x4x5", "224x224x3"),
    ("3x224x224 conv3-64", "3x224x224 looks depth first", "3x224x224", "write 224x224x3"),
    ("1x28x28 conv3-64", "1x28x28 looks depth first", "1x28x28", "write 28x28x1"),
    ("3x480x640 conv3-64", "3x480x640 looks depth first", "3x480x640", "write 480x640x3"),
    ("8x1x98x40 conv3-32", "has 4 numbers", "8x1x98x40", "write 98x40x1, rows x columns x depth, and --batch 8"),
    ("8x64x56x56 relu", "has 4 numbers", "8x64x56x56", "write 56x56x64, rows x columns x depth, and --batch 8"),
    ("8x1x1x512 relu", "has 4 numbers", "8x1x1x512", "write 1x1x512, and --batch 8"),
    ("8x98x40x1 relu", "has 4 numbers", "8x98x40x1", "write 98x40x1, and --batch 8"),
    ("8x64x90x128 relu", "has 4 numbers", "8x64x90x128", "write 64x90x128, rows x columns x depth, or 90x128x64 if"),
    ("0x28 relu", "input size 0 is below 1", "0x28", "1 or more"),
    ("28x28x0 relu", "input size 0 is below 1", "28x28x0", "1 or more"),
    ("28x relu", "input size '28x' is not whole", "28x", "224x224x3"),
    ("28x-3 relu", "input size -3 is below 1", "28x-3", "1 or more"),
    ("2147483648x3 relu", "2147483648 is too large", "2147483648x3", "2147483647"),
    ("99999999999x3 relu", "too large", "99999999999x3", "2147483647"),
    ("28×28 relu", "'×' is not a character", "×", "write 28x28"),
    ("28X28 relu", "'X' is not a character", "X", "write 28x28"),
    ("28*28 relu", "'\\*' is not a character", "*", "write 28x28"),
    ("28,28 relu", "',' is not a character", ",", "write 28x28"),
    ("٣x٣ relu", "'٣x٣' is not an input", "٣x٣", "224x224x3"),
    ("0@22050", "samples 0 is below 1", "0", "1 or more"),
    ("512@0", "sample rate 0 is below 1", "0", "1 or more"),
    ("512@", "there is no sample rate after the @", "@", "write it as in 51200@22050"),
    ("512@22.05", "'.' is not a character", ".", "numbers are whole"),
    ("512x2@22050", "samples '512x2' is not one number", "512x2", "one whole number"),
    # layers
    ("28x28 conv3", "conv has no number of kernels", "conv3", "write conv3-64 for 64 kernels of 3x3"),
    ("28x28 conv3-", "conv has no number of kernels", "conv3-", "write conv3-64 for 64 kernels of 3x3"),
    ("28x28 tconv3x5", "tconv has no number of kernels", "tconv3x5", "tconv3x5-64 for 64 kernels of 3x5"),
    ("28x28 conv", "conv has no window size", "conv", "write conv3-64"),
    ("28x28 maxpool", "maxpool has no window size", "maxpool", "write maxpool2"),
    ("28x28 fc", "fc has no units", "fc", "write fc10"),
    ("512@10 mfcc", "mfcc has no coefficients", "mfcc", "write mfcc13"),
    ("28x28 conv-64", "window size -64 is below 1", "-64", "write conv3-64 for 64 kernels of 3x3"),
    ("28x28 conv0-64", "window size 0 is below 1", "0", "1 or more"),
    ("28x28 conv3-0", "kernels 0 is below 1", "0", "1 or more"),
    ("28x28 conv3--5", "kernels -5 is below 1", "-5", "1 or more"),
    ("28x28 conv3-5x5", "kernels '5x5' is not one number", "5x5", "one whole number"),
    ("28x28 conv3-64-64", "kernels '64-64' is not whole", "64-64", "one whole number"),
    ("28x28 conv3-99999999999", "too large", "99999999999", "2147483647"),
    ("28x28 conv3-2147483648", "too large", "2147483648", "2147483647"),
    ("28x28 conv3x-5", "window size '3x' is not whole", "3x", "2x3 for rows x columns"),
    ("28x28 conv3x3x3-5", "window size has 3 numbers", "3x3x3", "rows x columns"),
    ("28x28 conv2d3-64", "is not whole numbers", "2d3", "write conv3-64"),
    ("28x28 maxpool2-3", "maxpool takes no number of kernels", "-3", "write maxpool2"),
    ("28x28 zebra5", "unknown layer 'zebra5'", "zebra5", "layers are conv, tconv"),
    ("28x28 lstm128", "lstm is a recurrent layer, which is outside this notation", "lstm128", "end the stack before"),
    ("28x28 LSTM", "LSTM is a recurrent layer", "LSTM", "end the stack before it"),
    ("28x28 gru64", "gru is a recurrent layer", "gru64", "end the stack before it"),
    ("28x28 attn8", "attn is an attention layer", "attn8", "end the stack before it"),
    ("28x28 transformer", "transformer is a stack of attention layers", "transformer", "end the stack before it"),
    ("28x28 embedding300", "embedding is a table of vectors, which", "embedding300", "end the stack before it"),
    ("28x28 conv3d3-64", "conv3d is a 3-D layer, which is outside", "conv3d3-64", "end the stack before it"),
    ("28x28 Conv3d", "Conv3d is a 3-D layer", "Conv3d", "end the stack before it"),
    ("28x28 MaxPool3d2", "MaxPool3d is a 3-D layer", "MaxPool3d2", "end the stack before it"),
    ("28x28 conv1d9-64", "is not whole numbers", "1d9", "runs down the rows: write conv9x1-64"),
    ("28x28 conv2d", "is not whole numbers", "2d", "write conv3-64"),
    ("28x28 avgpool-to", "avgpool-to has no output size", "avgpool-to", "write avgpool-to7"),
    ("28x28 avgpool-to7x7x7", "output size has 3 numbers", "7x7x7", "rows x columns"),
    ("28x28 conv-to7", "window size '-to7' is not whole", "-to7", "2x3"),
    ("28x28 gap-to7", "gap takes no number", "-to7", "gap is written without one"),
    ("28x28 pad", "pad has no padding", "pad", "write pad1"),
    ("28x28 pad1x2x3", "padding has 3 numbers", "1x2x3", "0x1x0x1"),
    ("28x28 pad-1", "padding -1 is below 0", "-1", "use padding 0 or more"),
    ("28x28 crop", "crop has no border", "crop", "write crop1"),
    ("28x28 upsample", "upsample has no factor", "upsample", "write upsample2"),
    ("28x28 upsample0", "factor 0 is below 1", "0", "1 or more"),
    ("28x28 upsample2:cubic", "unknown setting 'cubic' for upsample", "cubic", "upsample takes bilinear"),
    ("28x28 shuffle", "shuffle has no factor", "shuffle", "write shuffle2"),
    ("28x28 shuffle2x2", "factor '2x2' is not one number", "2x2", "one whole number"),
    ("28x28 reshape", "reshape has no shape", "reshape", "write reshape7x7x256"),
    ("28x28 reshape1x2x3x4", "'1x2x3x4' is not a shape", "1x2x3x4", "as in reshape7x7x256"),
    ("28x28 groupnorm", "groupnorm has no groups", "groupnorm", "write groupnorm32"),
    ("28x28 layernorm8", "layernorm takes no number", "8", "layernorm is written without one"),
    ("512@10 mel", "mel has no bands", "mel", "write mel64"),
    ("512@10 spectrogram257", "spectrogram takes no number", "257", "spectrogram is written without one"),
    ("512@10 mel64:hop0ms", "milliseconds 0 is below 1", "0", "1 or more"),
    ("512@10 mel64:hop10s", "hop length '10s' is not whole", "10s", "one whole number"),
    ("512@10 mel64:fft512", "unknown setting 'fft512' for mel", "fft512", "fft is for spectrogram; mel takes hop"),
    ("28x28 flatten2", "flatten takes no number", "2", "flatten is written without one"),
    ("28x28 dropout0.5", "'.' is not a character", ".", "write dropout"),
    ("28x28 fc-10", "units -10 is below 1", "-10", "write fc10"),
    ("28x28 maxpol2", "unknown layer 'maxpol2'", "maxpol2", "write maxpool2"),
    ("28x28 covn3-64:s2", "unknown layer 'covn3-64'", "covn3-64", "write conv3-64:s2"),
    ("28x28 dense10", "unknown layer 'dense10'", "dense10", "write fc10"),
    ("28x28 flaten", "unknown layer 'flaten'", "flaten", "write flatten"),
    ("28x28 Conv3-64", "'C' is not a character", "C", "write conv3-64"),
    ("28x28 conv(3,64)", "'\\(' is not a character", "(", "write conv3-64"),
    ("28x28 conv3–64", "'–' is not a character", "–", "write conv3-64"),
    ("28x28 conv²-64", "'²' is not a character", "²", "small letters, digits"),
    ("28x28 conv3-6\u200b4", "'\\?' is not a character", "?", "write conv3-64"),
    ("28x28 relu 28x28", "'28x28' is not a layer", "28x28", "the input comes first"),
    ("28x28 512@10", "'512@10' is not a layer", "512@10", "the input comes first"),
    ("28x28 64", "'64' is not a layer", "64", "as in conv3-64"),
    # settings
    ("28x28 conv3-32:stride2 relu", "unknown setting 'stride2' for conv", "stride2", "write conv3-32:s2"),
    ("28x28 conv3-32:strid2", "unknown setting 'strid2' for conv", "strid2", "write conv3-32:s2"),
    ("28x28 conv3-32:padding1x2", "unknown setting 'padding1x2' for conv", "padding1x2", "write conv3-32:p1x2"),
    ("28x28 conv3-32:vaild", "unknown setting 'vaild' for conv", "vaild", "write conv3-32:valid"),
    ("28x28 conv3-32:no-bias", "unknown setting 'no-bias' for conv", "no-bias", "write conv3-32:nobias"),
    ("28x28 conv3-32:ceil", "unknown setting 'ceil' for conv", "ceil", "ceil is for maxpool, avgpool; conv takes s"),
    ("28x28 conv3-32:m2", "unknown setting 'm2' for conv", "m2", "m is for dwconv"),
    ("28x28 tconv3-32:full", "unknown setting 'full' for tconv", "full", "tconv takes s"),
    ("28x28 conv3-32:zzz", "unknown setting 'zzz' for conv", "zzz", "conv takes s, p, d"),
    ("28x28 conv3-32:3", "unknown setting '3' for conv", "3", "conv takes s, p, d"),
    ("28x28 relu:s2", "unknown setting 's2' for relu", "s2", "relu takes no settings"),
    ("512@10 mfcc13:same", "unknown setting 'same' for mfcc", "same", "mfcc takes hop"),
    ("28x28 conv3-32:s", "stride has no number", "s", "write it as in :s2"),
    ("512@10 mfcc13:hop", "hop length has no number", "hop", "write it as in :hop512"),
    ("28x28 conv3-32:same3", "same takes no number", "3", "write :same"),
    ("28x28 conv3-32:s2:s1", "stride is given twice for conv", "s1", "keep one of :s2 and :s1"),
    ("28x28 conv3-32:p1:d2:same", "padding is given twice for conv", "same", "keep one of :p1 and :same"),
    ("512@10 mfcc13:valid:psf", "framing is given twice for mfcc", "psf", "keep one of :valid and :psf"),
    ("28x28 conv3-32:s0", "stride 0 is below 1", "0", "1 or more"),
    ("28x28 conv3-32:s-1", "stride -1 is below 1", "-1", "1 or more"),
    ("28x28 conv3-32:p-1", "padding -1 is below 0", "-1", "0 or more"),
    ("28x28 conv3-32:d0", "dilation 0 is below 1", "0", "1 or more"),
    ("28x28 conv3-32:g0", "groups 0 is below 1", "0", "1 or more"),
    ("28x28 conv3-32:s1x2x3", "stride has 3 numbers", "1x2x3", "rows x columns"),
    ("28x28 conv3-32:p1x2x3", "padding has 3 numbers", "1x2x3", "top x bottom x left x right"),
    ("28x28 conv3-32:pa", "unknown setting 'pa' for conv", "pa", "conv takes s, p, d"),
    ("28x28 conv3-32:p1-2", "padding '1-2' is not whole", "1-2", "0x1x0x1"),
    ("28x28 conv3-32:g2x2", "groups '2x2' is not one number", "2x2", "one whole number"),
    ("28x28 conv3-32:s99999999999", "too large", "99999999999", "2147483647"),
    ("28x28 conv3-32:", "a colon with nothing on one side", ":", "write conv3-32"),
    ("28x28 :conv3-32", "a colon with nothing on one side", ":", "conv3-64:s2:p1"),
    ("28x28 conv3-32::s2", "a colon with nothing on one side", ":", "write conv3-32:s2"),
    ("28x28 :", "a colon with nothing on one side", ":", "conv3-64:s2:p1"),
    # repeats
    ("28x28 x2", "which is missing", "x2", "as in conv3-64 x2"),
    ("28x28 relu x2 x3", "which is another repeat", "x3", "as in conv3-64 x2"),
    ("28x28 relu x0", "repeats 0 is below 1", "0", "1 or more"),
    ("28x28 relu x-2", "repeats -2 is below 1", "-2", "1 or more"),
    ("28x28 relu x", "a repeat without its number", "x", "write x2"),
    ("28x28 relu x2:s2", "repeats '2:s2' is not whole", "2:s2", "one whole number"),
    ("28x28 relu x1001", "too many layers", "x1001", "at most 1000"),
    ("28x28 relu x99999999999", "too large", "99999999999", "2147483647"),
]


@pytest.mark.parametrize(("text", "problem", "under_carets", "hint"), MISTAKES)
def test_every_mistake_is_pointed_at_with_its_cure(text: str, problem: str, under_carets: str, hint: str) -> None:
    with pytest.raises(NotationError, match=problem) as caught:
        read_stack([text])
    error = caught.value
    assert hint in error.hint
    assert error.text[error.start : error.start + error.length] == under_carets
    assert error.exit_code == 2


def test_a_caret_points_at_a_missing_number() -> None:
    with pytest.raises(NotationError, match="no sample rate") as caught:
        read_stack(["512@", "mfcc13"])
    assert caught.value.pointer == "512@ mfcc13\n   ^"


def test_no_words_at_all() -> None:
    with pytest.raises(NotationError, match="the stack has no words"):
        read_stack([])


@pytest.mark.parametrize(("text", "expected"), [("112x56", (112, 56)), (" 7 ", (7, 7))])
def test_sizes_that_are_wanted(text: str, expected: tuple[int, int]) -> None:
    assert read_sides(text) == expected


@pytest.mark.parametrize("text", ["", "7x7x512", "7 7", "big", "7x", "0x7", "-7", "7@7", "99999999999"])
def test_what_is_no_size_to_want(text: str) -> None:
    with pytest.raises(NotationError, match=r"not a size|empty|not 1 or 2|below 1|not whole|too large"):
        read_sides(text)


@pytest.mark.parametrize("text", ["", "7x7 x512", "x7", "seven", "1x2x3x4", "7x7x0", "7x", "512@10", "-1", "٣"])
def test_what_no_stack_can_end_in(text: str) -> None:
    with pytest.raises(NotationError, match=r"not a shape|empty|below 1|not whole|not a character"):
        read_output(text)


def test_the_line_is_cut_around_the_mistake() -> None:
    with pytest.raises(NotationError, match="unknown layer 'rleu'") as caught:
        read_stack(["28x28", *["conv3-32"] * 20, "rleu", *["conv3-32"] * 20])
    text, carets = caught.value.pointer.split("\n")
    assert text.startswith("...")
    assert text.endswith("...")
    assert text[carets.index("^") : len(carets)] == "rleu"


pieces = st.one_of(
    st.sampled_from(
        [*FORMS, *":-x@", "x2", "28x28", "224x224x3", "512@8000", "conv3-8", "maxpool2", "fc10", "tconv2-8"]
    ),
    st.sampled_from(
        ["s2", "p1", "p0x1x0x1", "same", "valid", "full", "op1", "d2", "g2", "m2", "ceil", "hop64", "kaldi"]
    ),
    st.integers(-3, 2**33).map(str),
    st.text(max_size=3),
)
words = st.lists(pieces, max_size=6).map("".join)


@given(st.lists(st.one_of(words, st.text()), max_size=8))
@example(["28x28", "\udcff"])
def test_any_text_is_a_stack_or_a_notation_error(texts: list[str]) -> None:
    try:
        table = str(shape("28x28x4", *texts))
    except ArgumentError as error:
        assert isinstance(error, NotationError)  # noqa: PT017
        assert error.pointer.split("\n")[1].strip(" ").strip("^") == ""  # noqa: PT017
        return
    assert table.startswith("layer")


@given(st.lists(words, max_size=3))
def test_any_beginning_is_an_input_or_a_notation_error(texts: list[str]) -> None:
    try:
        shape(*texts)
    except NotationError as error:
        assert error.hint  # noqa: PT017
