# ruff: noqa: S310
"""A browser that reads, downloads, uploads and posts by chance, as many people do in an hour."""

import io
import re
import urllib.error
import urllib.parse
import urllib.request
from html import unescape
from http.cookiejar import CookieJar
from itertools import count

from PIL import Image

from tests.support.processes import LIMIT_S

_LINK = re.compile(r'href="(/[^"#]*)"')
_HIDDEN = re.compile(r'<input[^>]*type="hidden"[^>]*>')
_NAME, _VALUE = re.compile(r'name="([^"]*)"'), re.compile(r'value="([^"]*)"')
#: Not followed: the end of the session, and other languages of the same page.
_LEFT_OUT = ("/logout", "/language", "/static/")
_FORMATS = ("csv", "xlsx", "geojson", "kml", "gpkg", "shp")
_SEPARATOR = "separator-of-parts"
_OWNER = re.compile(r'name="owner">\s*<option[^>]*value="(\d+)"')
_SAMPLE, _ROWS = 400, 100
_numbers = count(1)


class Visitor:
    """One account on a served register; `visit` makes one request of some kind."""

    def __init__(self, base, username, password, chance):
        self.base, self.chance = base, chance
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        self._links = ["/", "/structures", "/map", "/dashboard", "/search?q=a"]
        self._adds, self.statuses = [], {}
        page = self.get("/login")
        self.post("/login", self._hidden(page) | {"username": username, "password": password})

    def visit(self):
        """Two thirds reads of pages, the rest tiles, API, downloads, photos, lists to import, and posts."""
        kinds = (self._page,) * 8 + (self._tile, self._tile, self._api, self._download, self._search)
        self.chance.choice((*kinds, *((self._photo, self._import, self._save) if self.chance.random() < 0.3 else ())))()

    def get(self, path):
        return self._open(urllib.request.Request(self.base + path))

    def post(self, path, fields, files=()):
        """A form with files: (field, name, content)."""
        parts = [self._part(f'name="{name}"', value.encode()) for name, value in fields.items()]
        parts += [self._part(f'name="{field}"; filename="{name}"', content) for field, name, content in files]
        body = b"".join(parts) + f"--{_SEPARATOR}--\r\n".encode()
        kind = f"multipart/form-data; boundary={_SEPARATOR}"
        headers = {"Content-Type": kind, "Referer": self.base + path, "Origin": self.base}
        return self._open(urllib.request.Request(self.base + path, body, headers))

    def _part(self, name, content):
        return f"--{_SEPARATOR}\r\nContent-Disposition: form-data; {name}\r\n\r\n".encode() + content + b"\r\n"

    def _open(self, request):
        try:
            with self._opener.open(request, timeout=3 * LIMIT_S) as response:
                status, content = response.status, response.read()
                is_page = response.headers.get_content_type() == "text/html"
        except urllib.error.HTTPError as error:
            status, content, is_page = error.code, error.read(), False
        self.statuses[status] = self.statuses.get(status, 0) + 1
        text = content.decode("utf-8", "replace") if is_page else ""
        links = [unescape(link) for link in _LINK.findall(text) if not link.startswith(_LEFT_OUT)]
        # A sample of what was seen, so that the crawl goes everywhere and its memory does not grow.
        self._adds += [link for link in links if link.startswith("/files/") and link.endswith("/add")]
        del self._adds[:-_SAMPLE]
        known_links = [*self._links, *links]
        self._links = self.chance.sample(known_links, min(len(known_links), _SAMPLE))
        return text

    def _hidden(self, page):
        fields = (_NAME.search(tag) and (_NAME.search(tag)[1], _VALUE.search(tag)) for tag in _HIDDEN.findall(page))
        return {name: unescape(value[1]) if value else "" for name, value in filter(None, fields)}

    def _page(self):
        self.get(self.chance.choice(self._links))

    def _tile(self):
        zoom = self.chance.randint(8, 16)
        x, y = 13005 * 2**zoom // 2**14, 7269 * 2**zoom // 2**14
        shift = self.chance.randint(-3, 3)
        self.get(f"/structures/tiles/{zoom}/{x + shift}/{y + shift}.mvt?q={self.chance.randint(0, 50)}")

    def _api(self):
        limit = self.chance.choice((10, 50, 200, 1000))
        self.get(f"/api/structures?limit={limit}&q={self.chance.choice('abcdeghik')}")

    def _download(self):
        self.get(f"/exports/structures.{self.chance.choice(_FORMATS)}")

    def _search(self):
        words = " ".join(self.chance.choices(("cột", "tram", "cống", "Lê Lợi", "Hạc Thành", "viettel", "12"), k=2))
        self.get(f"/search?q={urllib.parse.quote(words)}")

    def _photo(self):
        if not self._adds:
            self._page()
            return
        path = self.chance.choice(self._adds)
        fields = self._hidden(self.get(path)) | {"caption": "ảnh"}
        form = self.chance.choice(("JPEG", "PNG", "WEBP"))
        self.post(path, fields, [("file", f"anh-{next(_numbers)}.{form.lower()}", self._picture(form))])

    def _picture(self, form):
        size = self.chance.choice(((800, 600), (2000, 1500), (4000, 3000)))
        target = io.BytesIO()
        colour = tuple(self.chance.randrange(256) for _channel in range(3))
        Image.linear_gradient("L").resize(size).convert("RGB").point(lambda value: value ^ colour[0]).save(target, form)
        return target.getvalue()

    def _import(self):
        page = self.get("/imports")
        owner = _OWNER.search(page)
        if owner is None:  # not this account's business
            return
        rows = "".join(f"M-{next(_numbers)};19.80{at % 10};105.77{at % 9};cột {at}\n" for at in range(_ROWS))
        listed = f"Mã;Vĩ độ;Kinh độ;Tên\n{rows}".encode()
        fields = self._hidden(page) | {"owner": owner[1], "kind": "cable_pole"}
        self.post("/imports", fields, [("file", "danh-sach.csv", listed)])

    def _save(self):
        path = "/saved-searches/new?kind=cable_pole"
        name = f"bộ lọc {next(_numbers)}"
        self.post(path, self._hidden(self.get(path)) | {"name": name})
