"""Each mistake is one error line and one line that says what to write; tests of the whole table are in test_words."""

from __future__ import annotations

from pathlib import Path

import pytest

from cnnkit.cli.app import run as door

Capture = pytest.CaptureFixture[str]


def said(words: list[str], capsys: Capture) -> tuple[str, str]:
    assert door(words) == 2
    out, err = capsys.readouterr()
    assert out == ""
    problem, hint = err.splitlines()
    return problem.removeprefix("error: "), hint.removeprefix("hint: ")


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        # the value is written as this command has it
        ("mfcc --winlen=0.025", "write --frame-length 25ms"),
        ("mfcc --win-length 400", "write --frame-length 400"),
        ("mfcc --window 0.025s", "write --frame-length 25ms"),
        ("mfcc --window hamming", "write --taper hamming"),
        ("mfcc --winstep .01", "write --hop-length 10ms"),
        ("mfcc --frame-shift 10", "write --hop-length 10ms"),
        ("mfcc --n_mels 40", "write --n-mels 40"),
        ("mfcc --numcep 20", "write --n-mfcc 20"),
        ("mfcc --appendEnergy", "write --energy"),
        ("pool --pool-size [2,2]", "write --size 2x2"),
        ("pool --strides 2,3", "write --stride 2x3"),
        ("pool --mode AVERAGE", "write --type average"),
        ("pool -s2", "write --size 2 for the window, or --stride 2 for its step"),
        ("pool --size 3 -s 2", "write --stride 2"),
        ("convolve --border BORDER_REPLICATE", "write --pad-mode replicate"),
        ("convolve --boundary symm", "write --pad-mode symmetric"),
        ("convolve --mode same", "write --padding same"),
        ("convolve -blur 0x2", "write --kernel gaussian:sigma=2"),
        ("convolve --sigma 1.5", "write --kernel gaussian:sigma=1.5"),
        ("convolve --filter '1 0 -1'", "write --kernel '1 0 -1'"),
        ("pool --kernel", "write --size N[xN]"),
        ("pool --kernel edge", "see cnnkit pool --help"),
        ("pool -s", "write --size N[xN] for the window, or --stride N[xN] for its step"),
        ("mfcc --sr -n", "write --sample-rate HZ"),
        ("mfcc song.wav -r 16000", "write --sample-rate 16000"),
        ("pool -out x.png a.png", "write --output x.png"),
        ("pool -median 3", "write --type median --size 3"),
        ("convolve --size 5 --sigma 2", "write --kernel gaussian:size=5,sigma=2"),
        ("convolve --sobel_x photo.png", "write --kernel sobel-x"),
        ("convolve -p same", "write --padding same"),
        (
            "pool --install-completion",
            "leave it out: it is no option of a command, as in cnnkit --show-completion",
        ),
        ("convolve -k edge --pad-mode valid", "use it as padding: --padding valid"),
        ("pool --pad-mode zero", "leave it out: samples of the padding are in no maximum and no mean"),
        # a value that says no
        ("mfcc --appendEnergy=False", "write --no-energy"),
        ("mfcc --append-energy false", "write --no-energy"),
        ("mfcc --remove-dc-offset no", "write --keep-mean"),
        ("mfcc --center=False", "write --framing valid"),
        ("mfcc --snip-edges=False", "write --framing kaldi"),
        ("mfcc --htk=False", "write --mel-scale slaney"),
        ("mfcc --mono=False", "write --channel all"),
        ("mfcc --delta off", "leave it out"),
        ("mfcc --sr None", "leave it out"),
        ("mfcc --highfreq=None", "leave it out"),
        ("mfcc --top-db none", "write --log-range none"),
        ("pool --count_include_pad=False", "leave it out"),
        ("pool --ceil_mode 0", "leave it out"),
        ("convolve --overwrite=False", "leave it out"),
        ("convolve --no-kernel", "leave it out"),
        ("convolve --cval", "write --pad-mode constant=N"),
        ("mfcc --hop_length=160.0", "write --hop-length N|Nms: From the start of a frame to the next"),
        ("convolve --cval 0", "write --pad-mode constant=0"),
        ("mfcc --no-remove-mean", "write --keep-mean"),
        ("mfcc --no-center", "write --framing valid"),
        ("mfcc --no-deltas", "leave it out"),
        ("mfcc --no-lifter", "write --lifter 0"),
        ("convolve --no-overwrite", "leave it out"),
        # a value in the words of another tool, and one that the option does not take
        ("pool --pool-type np.mean", "write --type average"),
        ("pool --mode reflect", "write --type WORD: max, average, min, lp or median"),
        ("pool --output-size 50%", "write --adaptive N[xN]: Number of results, whatever the image's size"),
        ("pool --image-size 50%", "write --resize HxW: Resize images to this many rows x columns"),
        ("pool --img_size (64,96)", "write --resize 64x96"),
        ("convolve --target-size 64,64", "write --resize 64x64"),
        ("convolve --grayscale", "write --grey"),
        ("convolve --center_crop=224", "write --crop 224"),
        ("convolve --rescale=1./255", "write --scale 1./255"),
        ("convolve --normalize", "write --range minmax"),
        ("pool --normalize imagenet", "write --normalise imagenet"),
        ("pool --normalize 0.5/0.5", "write --normalise 0.5/0.5"),
        ("mfcc --window np.hamming", "write --taper hamming"),
        ("mfcc --window torch.hann_window", "write --taper hann"),
        ("mfcc --window hanning", "write --taper hann-symmetric"),
        ("mfcc --ref np.max", "write --log-ref max"),
        ("mfcc --nfft many", "write --n-fft N: FFT size"),
        ("mfcc --feature fbank", "write --features logmel"),
        ("convolve --border-type cv2.BORDER_REFLECT", "write --pad-mode symmetric"),
        ("convolve '--borderType BORDER_REFLECT'", "write --pad-mode symmetric"),
        ("convolve '--filter sobel'", "write --kernel sobel"),
        ("convolve '--pad-mode  wrap'", "write --pad-mode wrap"),
        ("kernels edge -o sheet.png", "write --figure sheet.png"),
        ("convolve --mode grid-constant", "write --pad-mode zero"),
        ("shape --framework tensorflow", "write --code keras"),
        ("shape --data-format channels_first", "write --layout nchw"),
        ("mfcc --winlen", "write --frame-length N|Nms"),
        # nothing is known of it
        ("pool --FORCE", "write --force"),
        ("mfcc --HELP", "write --help"),
        ("pool --sise 2", "did you mean --size?"),
        ("mfcc --n-mel 40", "did you mean --n-mels?"),
        ("mfcc --no-energi", "did you mean --no-energy?"),
        ("pool --forse", "see cnnkit pool --help"),
        ("pool --kernal 2", "see cnnkit pool --help"),
        ("mfcc --order 2", "see cnnkit mfcc --help"),
        ("convolve --gpu", "see cnnkit convolve --help"),
        ("pool -quality 90", "see cnnkit pool --help"),
        ("pool -q1", "see cnnkit pool --help"),
        ("pool -=x", "see cnnkit pool --help"),
        ("pool --no-such", "see cnnkit pool --help"),
        ("pool -z", "see cnnkit pool --help"),
        ("pool --threads two", "write --threads N: Threads to use"),
        ("pool --threads 0", "write --threads N: Threads to use"),
    ],
)
def test_an_option_of_another_tool(capsys: Capture, words: str, hint: str) -> None:
    import shlex

    assert said(shlex.split(words), capsys)[1] == hint


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["pool", "photo.png", "2", "-o", "y.png"], "write --size 2"),
        (["pool", "photo.png", "2x3"], "write --size 2x3"),
        (["pool", "average", "photo.png"], "write --type average"),
        (["pool", "photo.png", "size=3"], "write --size 3"),
        (["pool", "photo.png", "same"], "write --padding same"),
        (["convolve", "edge", "photo.png"], "write --kernel edge"),
        (["convolve", "photo.png", "0 1 0; 1 -4 1; 0 1 0"], "write --kernel '0 1 0; 1 -4 1; 0 1 0'"),
        (["convolve", "photo.png", "gaussian:sigma=2"], "write --kernel gaussian:sigma=2"),
        (["convolve", "photo.png", "5"], "write --kernel box:size=5"),
        (["mfcc", "song.wav", "20"], "write --n-mfcc 20"),
        (["mfcc", "song.wav", "librosa"], "write --dialect librosa"),
        (["mfcc", "song.wav", "n_mfcc=20"], "write --n-mfcc 20"),
    ],
)
def test_a_setting_among_the_inputs(capsys: Capture, words: list[str], hint: str, tmp_path: Path) -> None:
    problem, cure = said(words, capsys)
    assert cure == hint
    assert problem.startswith("there is no file '")


@pytest.mark.parametrize("word", ["input", "photos", "0001", "missing.png", "edges"])
@pytest.mark.parametrize("command", [["pool"], ["convolve", "-k", "edge"]])
def test_a_file_that_is_missing_is_no_setting(capsys: Capture, command: list[str], word: str) -> None:
    if command == ["pool"] and word == "0001":
        word = "x0001"
    assert door([*command, word]) == 1
    assert "there is no such file" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "problem", "hint"),
    [
        ("edge photo.png", "no such command: edge", "write cnnkit convolve --kernel edge photo.png"),
        ("blur photo.png", "no such command: blur", "write cnnkit convolve --kernel gaussian photo.png"),
        ("photo.png", "no such command: photo.png", "write cnnkit convolve photo.png --kernel edge"),
        ("pool.png", "no such command: pool.png", "write cnnkit convolve pool.png --kernel edge"),
        ("Song.WAV -q", "no such command: Song.WAV", "write cnnkit mfcc Song.WAV -q"),
        ("224x224x3 conv3-64", "no such command: 224x224x3", "write cnnkit shape 224x224x3 conv3-64"),
        ("vgg16", "no such command: vgg16", "write cnnkit shape vgg16"),
        ("conv a b c d e f g h i j k", "no such command: conv", "write cnnkit convolve a b c d e f g h i j k ..."),
        ("help pool", "no such command: help", "write cnnkit pool --help"),
        ("--kernel edge x.png", "no such option: --kernel", "write cnnkit convolve --kernel edge x.png"),
        ("--size 2 x.png", "no such option: --size", "write cnnkit pool --size 2 x.png"),
        ("librosa.feature.mfcc x.wav", "no such command: librosa.feature.mfcc", "write cnnkit mfcc x.wav"),
        ("completion bash", "no such command: completion", "write cnnkit --install-completion bash"),
        ("--install-completions", "no such option: --install-completions", "write cnnkit --install-completion"),
        ("--show-completion=zsh", "no such option: --show-completion=zsh", "write cnnkit --show-completion zsh"),
        ("help nosuch", "no such command: help", "write cnnkit --help"),
        ("-help", "no such option: -help", "write cnnkit --help"),
        ("--verison", "no such option: --verison", "write cnnkit --version"),
        ("-v", "no such option: -v", "write cnnkit --version"),
        ("-q kernels", "no such option: -q", "write cnnkit kernels"),
        ("POOL x.png", "no such command: POOL", "write cnnkit pool x.png"),
        ("minpool x.png", "no such command: minpool", "write cnnkit pool --type min x.png"),
        ("nn.MaxPool2d x.png", "no such command: nn.MaxPool2d", "write cnnkit pool x.png"),
        ("cv2.filter2D x.png", "no such command: cv2.filter2D", "write cnnkit convolve x.png --kernel edge"),
        ("conv x.png -k box", "no such command: conv", "write cnnkit convolve x.png -k box"),
        ("x.png --kernel box", "no such command: x.png", "write cnnkit convolve x.png --kernel box"),
        ("x.png sobel:45", "no such command: x.png", "write cnnkit convolve x.png --kernel sobel:45"),
        ("x.png --size 2", "no such command: x.png", "write cnnkit pool x.png --size 2"),
        ("-q pool x.png", "no such option: -q", "write cnnkit pool x.png -q"),
        ("--size 2 pool x.png", "no such option: --size", "write cnnkit pool x.png --size 2"),
        ("--zzz", "no such option: --zzz", "see cnnkit --help"),
        ("zzz", "no such command: zzz", "see cnnkit --help"),
    ],
)
def test_a_line_without_a_command(capsys: Capture, words: str, problem: str, hint: str) -> None:
    assert said(words.split(), capsys) == (problem, hint)


def test_foreign_text_is_spelled_out(capsys: Capture) -> None:
    for words in (["a\x1b[31m"], ["pool", "--a\x1b[31m"], ["pool", "--size", "2", "--size", "\x1b[31m"]):
        assert "\x1b" not in "".join(said(words, capsys))
