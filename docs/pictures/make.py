"""Makes the pictures and the page of README and docs with the commands that these show, from the folder examples.

python docs/pictures/make.py
"""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
EXAMPLES = HERE.parents[1] / "examples"

HEARD = "mfcc13 conv3-8 relu maxpool2 conv3-16 relu gap fc3"
"""The network of the page on training."""

PICTURES = {
    "slides.gif": 'convolve "5 3 1 0; 2 6 4 1; 0 8 7 2" --kernel "1 0 0; 0 1 0; 0 0 1"',
    "grid.png": 'convolve "5 3 1 0; 2 6 4 1; 0 8 7 2" --kernel "1 0 0; 0 1 0; 0 0 1"',
    "edges.png": "convolve image.png --kernel sobel-x --kernel sobel-y",
    "pooled.png": "pool image.png --size 16 --type average",
    "sound.png": "convolve song.wav --kernel sobel-x --pad-mode replicate",
    "network.png": "shape 224x224x3 conv3-64 maxpool2 conv3-128 maxpool2 flatten fc10",
    "edges.html": "convolve image.png --kernel edge --kernel sharpen",
    "learned.png": "learn",
    "bars.png": "train --epochs 30",
    "sounds.png": f"train sounds {HEARD} --epochs 40 --batch 16",
    "layers.png": "run sounds/chirps/00.wav --model net.safetensors -o y.npy",
    "kernels.png": "kernels edge gaussian:sigma=2 emboss --image image.png",
}
"""Files, and the commands that draw them with the option of their ending."""

OPTIONS = {".png": "--figure", ".gif": "--animate", ".html": "--html", "bars.png": "--kernels"}
BEFORE = {
    "sounds.png": ("sounds.py sounds",),
    "layers.png": (
        "sounds.py sounds 60",
        f"-m cnnkit train sounds {HEARD} --epochs 40 --batch 16 -o net.safetensors",
    ),
}
"""What Python runs first."""


def make(name: str, folder: Path) -> None:
    """Draw one of them into a folder."""
    option = OPTIONS.get(name) or OPTIONS[Path(name).suffix]
    words = [sys.executable, "-m", "cnnkit", *shlex.split(PICTURES[name]), option, name]
    with tempfile.TemporaryDirectory() as place:
        for example in ("image.png", "song.wav", "sounds.py"):
            shutil.copy(EXAMPLES / example, place)
        for line in BEFORE.get(name, ()):
            subprocess.run([sys.executable, *shlex.split(line)], cwd=place, check=True, capture_output=True)
        subprocess.run(words, cwd=place, check=True, capture_output=True, stdin=subprocess.DEVNULL)
        shutil.copy(Path(place, name), folder)


if __name__ == "__main__":
    for picture in PICTURES:
        make(picture, HERE)
