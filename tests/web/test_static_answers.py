"""How static files are answered."""

import gzip
import re

from flask import Flask

from config.settings import CHECKOUT
from registry.kernel.http.urls import module_urls, release_of, static_url
from tests.support.scripts import STATIC, modules

BOOTSTRAP = "vendor/bootstrap-5.3.9/bootstrap.min.css"
OURS = "css/base.css"


def plain(name):
    return (CHECKOUT / "registry" / "static" / name).read_bytes()


def test_a_style_sheet_travels_compressed_to_who_takes_it(public):
    answer = public.get(f"/static/{OURS}", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(answer.data) == plain(OURS)
    assert answer.headers["Content-Length"] == str(len(answer.data))
    assert "Accept-Encoding" in answer.headers["Vary"]
    answer.close()


def test_who_takes_no_compression_gets_the_plain_file(public):
    with public.get(f"/static/{OURS}") as answer:
        assert "Content-Encoding" not in answer.headers
        assert answer.data == plain(OURS)


def test_an_unchanged_compressed_file_is_not_sent_again(public):
    headers = {"Accept-Encoding": "gzip"}
    with public.get(f"/static/{OURS}", headers=headers) as first:
        etag = first.headers["ETag"]
    with public.get(f"/static/{OURS}", headers=headers | {"If-None-Match": etag}) as second:
        assert second.status_code == 304


def is_kept(answer):
    return (
        answer.cache_control.immutable and answer.cache_control.max_age > 86_400 and not answer.cache_control.no_cache
    )


def test_browsers_keep_files_with_a_version_in_their_path_and_ask_for_others(public):
    with public.get(f"/static/{BOOTSTRAP}") as vendored:
        assert is_kept(vendored)
    with public.get(f"/static/{OURS}") as plainly_named:
        assert not is_kept(plainly_named)
        assert plainly_named.cache_control.no_cache is not None


def test_pages_name_our_own_files_with_their_release_and_browsers_keep_them(public):
    named = set(re.findall(r'(?:href|src)="(/static/[^"#]+)', public.get("/login").text))
    assert len(named) > 5
    for address in named:
        with public.get(address) as answer:
            assert answer.status_code == 200, address
            assert is_kept(answer), address


def test_a_file_of_a_release_that_is_over_is_the_one_of_now_and_not_kept(public):
    with public.get(f"/static/r0123456789abcdef/{OURS}") as answer:
        assert answer.data == plain(OURS)
        assert not is_kept(answer)


def test_what_lies_beside_the_static_files_is_not_found(public):
    for path in ("r0123456789abcdef/../../wiring/__init__.py", "r0123456789abcdef//etc/passwd", "r0123/css/base.css"):
        assert public.get(f"/static/{path}").status_code in (308, 404), path


def test_another_content_or_name_is_another_release_and_what_is_vendored_is_none(tmp_path):
    (tmp_path / "css").mkdir()
    (tmp_path / "vendor").mkdir()
    (tmp_path / "css" / "a.css").write_text("a")
    releases = [release_of.__wrapped__(str(tmp_path))]
    (tmp_path / "vendor" / "x.css").write_text("x")
    assert release_of.__wrapped__(str(tmp_path)) == releases[0]
    (tmp_path / "css" / "a.css").write_text("b")
    releases.append(release_of.__wrapped__(str(tmp_path)))
    (tmp_path / "css" / "a.css").rename(tmp_path / "css" / "b.css")
    releases.append(release_of.__wrapped__(str(tmp_path)))
    assert len(set(releases)) == 3


def test_the_sheets_of_every_page_come_as_one_and_are_not_sent_again_unchanged(public):
    names = re.findall(r'@import "(.+)";', plain("css/site.css").decode())
    with public.get("/static/css/site.css", headers={"Accept-Encoding": "gzip"}) as whole:
        sent = gzip.decompress(whole.data).decode()
        etag = whole.headers["ETag"]
    assert "@import" not in sent
    starts = [
        sent.index((CHECKOUT / "registry" / "static" / "css" / name).read_text(encoding="utf-8")) for name in names
    ]
    assert len(starts) > 20
    assert starts == sorted(starts)
    with public.get("/static/css/site.css", headers={"Accept-Encoding": "gzip", "If-None-Match": etag}) as again:
        assert again.status_code == 304
    with public.head("/static/css/site.css") as head:
        assert head.status_code == 200


def test_programs_with_other_files_in_one_process_have_addresses_of_their_own(public, tmp_path):
    (tmp_path / "css").mkdir()
    (tmp_path / "css" / "base.css").write_text("a")
    other = Flask("other", static_folder=str(tmp_path), static_url_path="/static")
    with other.test_request_context():
        theirs = static_url(OURS)
    with public.application.test_request_context():
        own = static_url(OURS)
    assert theirs != own
    assert theirs.split("/")[-1] == own.split("/")[-1] == "base.css"


def test_a_file_is_the_same_for_every_reader(client_of):
    with client_of("viettel").get(f"/static/{OURS}") as answer:
        assert set(answer.vary) == {"Accept-Encoding"}
        assert "Set-Cookie" not in answer.headers


def test_a_page_with_the_map_names_every_script_that_its_own_imports_the_library_first(app, public):
    page = public.get("/structures").text
    named = re.findall(r'<link rel="modulepreload" href="([^"]+)">', page)
    assert [address for address in named if "/vendor/" in address] == named[:1]
    with app.test_request_context():
        ours = {static_url(path.relative_to(STATIC).as_posix()) for path in modules("workspace.mjs")}
    assert sorted(named[1:]) == sorted(ours)
    assert f'<script type="module" src="{named[1]}"></script>' in page


def test_what_a_script_imports_is_found_near_and_far_and_what_it_imports_later_is_not(app, tmp_path, monkeypatch):
    files = {
        "js/start.mjs": (
            'import "./alone.mjs";\nimport { a,\n  b } from "./near.mjs";\n'
            'export const text = "./no.mjs";\nconst later = () => import("./later.mjs");\n'
        ),
        "js/near.mjs": 'export { c } from "./far.mjs";\nimport * as all from "../../vendor/library-1.0/library.mjs";\n',
        "js/far.mjs": 'import { start } from "./start.mjs";\n',
        "js/alone.mjs": "// import nothing\n",
        "vendor/library-1.0/library.mjs": 'import "./unread.mjs";\n',
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.setattr(app, "static_folder", str(tmp_path))
    with app.test_request_context():
        urls = module_urls("js/start.mjs")
    assert [re.sub(r"^/static/(?:r\w{16}/)?", "", url) for url in urls] == [
        "vendor/library-1.0/library.mjs",
        "js/start.mjs",
        "js/alone.mjs",
        "js/near.mjs",
        "js/far.mjs",
    ]
