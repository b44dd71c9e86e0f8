"""How static files are answered."""

import gzip

from config.settings import CHECKOUT

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


def test_browsers_keep_files_with_a_version_in_their_path_and_ask_for_ours(public):
    with public.get(f"/static/{BOOTSTRAP}") as vendored:
        assert vendored.cache_control.immutable
        assert vendored.cache_control.max_age > 86_400
        assert vendored.cache_control.no_cache is None
    with public.get(f"/static/{OURS}") as ours:
        assert ours.cache_control.no_cache is not None
