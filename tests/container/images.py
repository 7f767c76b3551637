"""Images that stand in for those of a registry: made of Debian's packages, and only ever in an engine of our own."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from tests.container.engine import Engine
from tests.container.packages import BASE, WHEELS
from tests.container.report import Report, Skipped

_DEBIAN = "bookings-emulator-base"
_OFFLINE = "[global]\nno-index = true\nfind-links = /wheels\n"
# by the name of the image that is missing; `debian` is Python without packages
_RECIPES = {
    "python": "COPY pip.conf /etc/pip.conf\nCOPY wheels /wheels\n",
    "node": "COPY node /usr/local/bin/node\nCOPY npm /usr/local/lib/node_modules/npm\n"
    "RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm\n",
    "debian": "",
}


def provide(engine: Engine, image: str, report: Report, kind: str = "") -> None:
    """See to it that an engine has an image; `kind` is the recipe where its name does not say it. Raises Skipped."""
    if not engine.is_own:
        if not engine.has(image):
            raise Skipped(f"{image} cannot be pulled")
        return
    kind = kind or image.partition(":")[0]
    if not engine("images", "-q", _DEBIAN):
        if not BASE.exists():
            raise Skipped("there is no base: it is made with mmdebstrap")
        engine("import", BASE, _DEBIAN)
        _hold_versions(engine)
    with tempfile.TemporaryDirectory() as folder:
        _fill(Path(folder), kind)
        recipe = f"FROM {_DEBIAN}\n{_RECIPES[kind]}LABEL stands-in-for={image}\n"
        (Path(folder) / "Dockerfile").write_text(recipe, encoding="utf-8")
        engine("build", "--tag", image, folder)
    holds = {"python": "Debian's Python and wheels", "node": "Debian and this machine's node", "debian": "Debian"}
    report.say(f"{image} is a stand-in made here ({holds[kind]}): no registry of images is asked")


def _hold_versions(engine: Engine) -> None:
    """The wheels fetched with this Python must be those of the Python of the base."""
    theirs = engine("run", "--rm", _DEBIAN, "python3", "-c", "import sys; print('%d.%d' % sys.version_info[:2])")
    ours = ".".join(map(str, sys.version_info[:2]))
    if theirs != ours:
        raise Skipped(f"the base made here has Python {theirs}, the wheels fetched here are for {ours}")


def _fill(folder: Path, kind: str) -> None:
    """Put together what a recipe copies."""
    if kind == "python":
        (folder / "pip.conf").write_text(_OFFLINE, encoding="utf-8")
        packages = (each for each in WHEELS.glob("*.whl") if not each.name.startswith("graph_bookings_emulator"))
        (folder / "wheels").mkdir()
        for each in packages:
            shutil.copy(each, folder / "wheels")
    if kind == "node":
        node, npm = shutil.which("node"), shutil.which("npm")
        if node is None or npm is None:
            raise Skipped("node and npm are not installed")
        shutil.copy(Path(node).resolve(), folder / "node")
        shutil.copytree(Path(npm).resolve().parents[1], folder / "npm", symlinks=True)
