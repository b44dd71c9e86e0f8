"""The pictures of the help, taken from the sample into `registry/static/help`: `make help-pictures`."""

import io
import os

import pytest
from PIL import Image

from config.settings import CHECKOUT
from registry.help.tasks import TASKS
from tests.e2e.conftest import PHONE, idle
from tests.e2e.site import serving
from tests.support.demo import demo_url

__all__ = ["demo_url"]

pytestmark = [pytest.mark.sweep, pytest.mark.drawn_map]
FOLDER = CHECKOUT / "registry" / "static" / "help"
SIZE = {"width": 1120, "height": 630}
WIDTH_PX, QUALITY = 832, 60
#: Who takes the picture of a task, where, and on what.
TAKEN = {
    "map": ("so.khcn", "/structures", SIZE),
    "desk": ("viettel", "/", SIZE),
    "import": ("viettel", "/imports", SIZE),
    "request": ("vnpt", "/colocation", SIZE),
    "violation": ("kiemtra1", "/violations/new", PHONE),
    "dashboard": ("so.khcn", "/dashboard", SIZE),
}


@pytest.fixture(scope="module")
def site(demo_url, tmp_path_factory):
    """The application on the whole sample."""
    with serving(demo_url, tmp_path_factory.mktemp("help")) as served_site:
        yield served_site


@pytest.mark.skipif("HELP_PICTURES" not in os.environ, reason="taken by `make help-pictures` alone")
def test_the_pictures_of_the_help_are_taken(open_as):
    assert TAKEN.keys() == {task.code for task in TASKS if task.picture}
    FOLDER.mkdir(exist_ok=True)
    for code, (username, address, size) in TAKEN.items():
        page = open_as(username, viewport=size, device_scale_factor=1)
        page.goto(address, wait_until="networkidle")
        idle(page)
        picture = Image.open(io.BytesIO(page.screenshot()))
        width = min(WIDTH_PX, picture.width)
        picture = picture.resize((width, round(picture.height * width / picture.width)))
        picture.convert("RGB").save(FOLDER / f"{code}.webp", quality=QUALITY, method=6)
