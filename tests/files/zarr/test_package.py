"""The package zarr may be missing: both errors say how to install it, and images are read without loading it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from cnnkit.errors import InputError, OutputError
from cnnkit.files.zarr import package


def test_without_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(package, "find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"read with the package zarr.*pip install 'cnnkit\[zarr\]', or give"):
        package.check_installed()
    with pytest.raises(OutputError, match=r"written with the package.*pip install 'cnnkit\[zarr\]', or write \.npy"):
        package.check_installed(writes="write .npy")


def test_what_is_no_zarr(tmp_path: Path) -> None:
    pytest.importorskip("zarr", reason="rare codecs need the package zarr")
    with pytest.raises(InputError, match=r"this is no \.zarr, or a damaged one"):
        package.open_node(tmp_path, "array")


def test_the_package_is_loaded_only_where_it_is_needed() -> None:
    modules = "from cnnkit.files.zarr import chunks, image, layout, package, writing"
    code = f"import sys; {modules}; assert not {{'zarr', 'numcodecs'}} & {{*sys.modules}}"
    subprocess.run([sys.executable, "-c", code], check=True)
