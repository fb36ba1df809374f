"""Record what commands and library calls give, to compare a change of structure with the code before it.

    python -m tests.reference.recording record before.json
    python -m tests.reference.recording record after.json       (in the other checkout)
    python -m tests.reference.recording compare before.json after.json

A command leaves its exit code, both streams and the bytes of every file it wrote; a call leaves the type, shape and
bytes of its arrays, or its text. Bytes are recorded as digests, which hold on one machine: another processor may
round another way. No record is in the repository, so that none can be out of date.
"""

from __future__ import annotations

import hashlib
import json
import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]

SETTING = """
import shutil, wave
import numpy as np, soundfile, tifffile
from PIL import Image
random = np.random.default_rng(20)
Image.fromarray(random.integers(0, 256, (40, 61), dtype=np.uint8)).save("grey.png")
Image.fromarray(random.integers(0, 256, (30, 41, 3), dtype=np.uint8)).save("colour.jpg", quality=95)
Image.fromarray(random.integers(0, 256, (30, 41, 4), dtype=np.uint8)).save("alpha.png")
Image.fromarray(random.integers(0, 65536, (30, 41), dtype=np.uint16)).save("deep.png")
tifffile.imwrite("deep.tiff", random.integers(0, 65536, (20, 31, 3), dtype=np.uint16))
tifffile.imwrite("float.tiff", random.normal(size=(20, 31)).astype(np.float32))
np.save("maps.npy", random.normal(size=(12, 13, 5)).astype(np.float32))
np.save("holes.npy", np.where(random.random((20, 20)) < .1, np.nan, random.normal(size=(20, 20))).astype("f4"))
soundfile.write("stereo.wav", random.normal(0, .1, (30000, 2)), 16000)
soundfile.write("speech.flac", random.normal(0, .1, 20000), 16000)
open("k.txt", "w").write("1 2 1\\n2 4 2\\n1 2 1\\n")
open("net.txt", "w").write("conv3-8 relu\\nmaxpool2  # half\\n")
open("broken.png", "wb").write(open("grey.png", "rb").read()[:900])
open("notes.txt", "w").write("neither image nor sound")
"""

COMMANDS = """
--help
--version
convolve --help
pool --help
mfcc --help
shape --help
kernels --help
convolve
convolve --kernel gaussian:sigma=1 --stride 2
convolve image.png --kernel edge
convolve image.png --kernel edge --json --force
convolve grey.png -k sobel-x --range offset
convolve grey.png -k sobel-x -k sobel-y --depth sum
convolve colour.jpg -k gaussian:sigma=2 --stride 2 -o small.png
convolve colour.jpg -k "0 -1 0; -1 5 -1; 0 -1 0" --pad-mode reflect -o crisp.jpg
convolve alpha.png -k gaussian -o soft.png --explain
convolve alpha.png -k edge --depth grey
convolve deep.png -k @k.txt -o deeper.png
convolve deep.tiff -k box:5 --padding valid -o out.tiff
convolve float.tiff -k laplacian
convolve maps.npy -k "1 1; 1 1" --padding full --bias 0.5 -o wide.npy
convolve holes.npy -k mean -o holes.csv
convolve image.png -k gaussian:sigma=4,size=31 --dilation 2 -o big.npy
convolve image.png grey.png -k sharpen --out-dir both
convolve song.wav -k edge
convolve song.wav -k "1/3 1/3 1/3" --features waveform -o soft.wav
convolve stereo.wav -k edge
convolve stereo.wav -k edge --channel left --features mfcc -o left.npy
convolve image.png -k edge --dry-run
convolve image.png -k egde
convolve image.png -k edge --stride 0
convolve image.png -k edge --padding sideways
convolve broken.png notes.txt grey.png -k edge --out-dir some
convolve missing.png -k edge
convolve image.png -k edge --features mfcc
convolve image.png -k edge -o image.png
convolve image.png -k edge --padding valid --range minmax --explain -o e.png
convolve - -k edge -o piped.png < image.png
convolve -k edge < image.png > piped2.png
convolve image.png -k edge --sharpen
pool
pool --size 3 --stride 2 --type average
pool image.png
pool image.png --size 3 --stride 1 --padding same --type median
pool image.png --adaptive 7x5 --type average -o thumb.png
pool colour.jpg --size global --type average -o mean.npy
pool alpha.png --size 2 --type average
pool deep.png --size 3x2 --type min --ceil --explain
pool grey.png --size 2 --type lp --p 3
pool holes.npy --size 3 --nan ignore --type average -o known.npy
pool maps.npy --size 2 --type average --count-padding --padding 1 --dilation 2
pool song.wav --size 2 --features spectrogram
pool grey.png --size 15 --stride 1 --type median --padding same --json
pool grey.png --type maxx
pool grey.png --size 100
pool grey.png --size 2 --adaptive 3
mfcc
mfcc song.wav
mfcc song.wav --print-shape
mfcc song.wav --print-shape --json
mfcc song.wav --dialect librosa --deltas columns --cmvn utterance
mfcc song.wav --dialect psf --verify
mfcc song.wav --dialect kaldi --features logmel --n-mels 80 -o k.npz
mfcc song.wav --dialect whisper --features logmel --sample-rate 16000 -o w.csv
mfcc song.wav --dialect htk --frame-length 400 --hop-length 160 --explain -o h.npy
mfcc song.wav --dialect torchaudio --length 120 --fit loop -o t.npy
mfcc song.wav --dialect tf --features mel -o f.txt
mfcc song.wav --segment 1s --layout nctf -q --deltas channels
mfcc song.wav speech.flac --out-dir features --json
mfcc stereo.wav
mfcc stereo.wav --channel mix --engine psf
mfcc song.wav --features waveform -o wave.npy
mfcc song.wav -o song.png
mfcc song.wav --features logmel --dialect librosa -o song.svg
mfcc song.wav --features spectrogram -o song.pdf
mfcc --dialect librosa --show-recipe
mfcc song.wav --dialect torchaudio --show-recipe
mfcc song.wav --taper square
mfcc song.wav --n-fft 100
mfcc song.wav --n-mels 400
mfcc image.png
shape
shape 224x224x3 conv3-64 x2 maxpool2 flatten fc10
shape vgg16 --explain
shape alexnet --code torch
shape lenet5 --code keras
shape 51200@22050 mfcc13 conv3-32 maxpool2 flatten fc10 --json
shape song.wav logmel40 conv3-8 --layout nchw --batch 4
shape 224x224x3 conv7-64 --want 112x112
shape image.png @net.txt gap fc10 --show-stack
shape 32x32x3 conv3-16 maxpool2 --expect 8x8x16
shape 28x28x1 conv3-32:stride2
shape 28x28x1 conv3-32 maxpool2 fc10
shape 3x224x224 conv3-8
kernels --json
kernels sobel:45 "1/16 * (1 2 1; 2 4 2; 1 2 1)"
convolv image.png
"""

CALLS = """
cnnkit.convolve(grey, "edge")
cnnkit.convolve(grey, "edge", dtype="uint8")
cnnkit.convolve(colour, "gaussian:sigma=2", stride=2)
cnnkit.convolve(colour, np.ones((3, 3, 3, 4)) / 7, bias=[1, 2, 3, 4])
cnnkit.convolve(colour, "box:15")
cnnkit.convolve(colour.astype("f8"), normal[:21, :21], padding="valid")
cnnkit.convolve(normal, normal[:31, :29], algorithm="fourier")
cnnkit.convolve(deep, "sobel-x", pad_mode="wrap", padding="full")
cnnkit.convolve(layer, weights)
cnnkit.convolve(layer, weights, algorithm="layer")
cnnkit.convolve(layer, weights[:, :, :8], groups=4)
cnnkit.convolve(layer, np.ones((3, 3, 1, 32)), groups=32)
cnnkit.convolve(colour, "edge", depth="grey")
cnnkit.convolve(colour, "edge", depth="sum", flip_kernel=True)
cnnkit.convolve(grey, [[1, 2], [3, 4]], dilation=(2, 3), pad_mode="constant=7")
cnnkit.convolve_transposed(layer, weights[..., :32], stride=2)
cnnkit.plan(colour, "gaussian:sigma=5")
cnnkit.plan(layer, weights)
cnnkit.pool(colour, 2)
cnnkit.pool(colour, 3, stride=1, kind="median", padding="same")
cnnkit.pool(colour, (3, 2), kind="average", ceil=True)
cnnkit.pool(normal, 2, indices=True)
cnnkit.pool(normal, 3, indices="pairs", kind="min")
cnnkit.pool(normal, "global", kind="lp", p=1.5)
cnnkit.pool(colour, adaptive=(7, 5), kind="average", dtype="uint8")
cnnkit.pool(grey, 21, stride=1, kind="median")
cnnkit.pool(holes, 3, kind="average", nan="ignore")
cnnkit.unpool(*cnnkit.pool(normal, 2, indices=True), normal.shape)
cnnkit.mfcc(samples, 22050)
cnnkit.mfcc(samples, 16000, dialect="kaldi", deltas="columns", cmvn="sliding")
cnnkit.mfcc(samples, 16000, dialect="psf", engine="psf")
cnnkit.features(samples, 22050, "logmel", dialect="librosa")
cnnkit.features(samples, 16000, "logmel", dialect="whisper")
cnnkit.features(samples, 16000, "spectrogram", n_fft=700, frame_length=700)
cnnkit.mfcc(samples, 22050, segment="1s", deltas="channels", layout="nctf", fit="trim")
cnnkit.kernel("gaussian:sigma=2").weights
cnnkit.kernel("1/9 * (1 1 1; 1 1 1; 1 1 1)")
len(cnnkit.kernels())
str(cnnkit.shape("224x224x3", "conv3-64", "maxpool2"))
cnnkit.shape("vgg16").explain()
cnnkit.shape("224x224x3", "conv7-64").want(112, 112)
cnnkit.shape("alexnet").code("keras")
cnnkit.convolve(grey, "egde")
cnnkit.pool(grey, 100)
cnnkit.mfcc(samples, 22050, n_mels=400)
"""

PROGRAM = """
import sys, json, hashlib
import numpy as np
import cnnkit
random = np.random.default_rng(3)
grey = random.integers(0, 256, (61, 83), dtype=np.uint8)
colour = random.integers(0, 256, (61, 83, 3), dtype=np.uint8)
deep = random.integers(0, 65536, (61, 83), dtype=np.uint16)
normal = random.normal(size=(61, 83)).astype(np.float32)
layer = random.normal(size=(28, 28, 32)).astype(np.float32)
weights = random.normal(size=(3, 3, 32, 64)).astype(np.float32)
holes = np.where(random.random((20, 20)) < .1, np.nan, random.normal(size=(20, 20)))
samples = random.normal(0, .1, 51200)
def told(value):
    if isinstance(value, tuple) and all(isinstance(one, np.ndarray) for one in value):
        return " ".join(map(told, value))
    if isinstance(value, np.ndarray):
        return f"{value.dtype} {value.shape} {hashlib.sha256(value.tobytes()).hexdigest()[:16]}"
    return str(value)
found = {}
for line in sys.stdin.read().split("\\n"):
    try:
        found[line] = told(eval(line))
    except Exception as error:
        found[line] = f"{type(error).__name__}: {error}"
print(json.dumps(found))
"""


def digest(content: bytes) -> str:
    """Text as it is, anything else by its length and digest."""
    text = content.decode("utf-8", "replace")
    is_text = len(content) < 100_000 and "\ufffd" not in text and "\0" not in text
    return text if is_text else f"{len(content)} bytes {hashlib.sha256(content).hexdigest()[:16]}"


def run(line: str, folder: Path, environment: dict[str, str]) -> dict[str, Any]:
    """One command in the folder: its exit code, streams, and the files it wrote, which are taken away."""
    before = {path for path in folder.rglob("*") if path.is_file()}
    command = f"{shlex.quote(sys.executable)} -m cnnkit {line}"
    done = subprocess.run(["sh", "-c", command], cwd=folder, env=environment, capture_output=True, check=False)
    files = {}
    for path in sorted(set(folder.rglob("*")) - before):
        if path.is_file():
            files[path.relative_to(folder).as_posix()] = digest(path.read_bytes())
            path.unlink()
    said = [text for text in done.stderr.decode().splitlines() if not text.startswith("compiling")]
    return {"code": done.returncode, "out": digest(done.stdout), "said": "\n".join(said), "files": files}


def record(target: Path) -> None:
    """Run everything in a fresh folder."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        subprocess.run([sys.executable, "-c", SETTING], cwd=folder, check=True)
        for example in ("image.png", "song.wav"):
            (folder / example).write_bytes((ROOT / "examples" / example).read_bytes())
        for line in COMMANDS.strip().splitlines():
            found[line] = run(line, folder, environment)
        calls = subprocess.run(
            [sys.executable, "-c", PROGRAM], input=CALLS.strip().encode(), env=environment, cwd=folder,
            capture_output=True, check=True,
        )  # fmt: skip
        found |= {line: {"gives": text} for line, text in json.loads(calls.stdout).items()}
    target.write_text(json.dumps(found, indent=1))
    print(f"{len(found)} recorded")


def compare(before: Path, after: Path) -> int:
    """Print what differs, and say how much does."""
    old, new = (json.loads(path.read_text()) for path in (before, after))
    differing = [line for line in {**old, **new} if old.get(line) != new.get(line)]
    for line in differing:
        print(f"\n$ {line}")
        was, now = old.get(line, {}), new.get(line, {})
        for key in {**was, **now}:
            if was.get(key) != now.get(key):
                print(f"  {key} was: {was.get(key)}\n  {key} now: {now.get(key)}")
    print(f"\n{len(differing)} of {len(old)} differ")
    return 1 if differing else 0


if __name__ == "__main__":
    word, *paths = sys.argv[1:]
    sys.exit(compare(*map(Path, paths)) if word == "compare" else record(*map(Path, paths)))
