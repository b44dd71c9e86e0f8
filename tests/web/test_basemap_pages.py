"""What browsers are told of the ground of maps: which there is, whom to thank, and only as many hosts as are needed."""

import gzip

import pytest
from pmtiles.tile import Compression, TileType

from config.settings import Settings, SettingsError
from registry.basemap.archive import ARCHIVE, FILE, Archive
from registry.basemap.pages import TILE_SERVER, TileServer
from registry.basemap.service import import_folder
from registry.kernel.http.map_data import MVT
from registry.wiring import create_app
from tests.support.grounds import THANKS, small_ground, write_archive

KEY = "k" * 40
ADDRESS = "https://ban-do.example.vn/nen/{z}/{x}/{y}.png"


@pytest.fixture
def archive(app, tmp_path, monkeypatch):
    """Where the PMTiles file of the application lies."""
    path = tmp_path / FILE
    monkeypatch.setitem(app.extensions, ARCHIVE.name, Archive(path))
    return path


def told(public):
    answer = public.get("/basemap")
    assert answer.status_code == 200
    return answer.json


def test_without_any_ground_that_is_said(public, archive):
    assert told(public) == {"kind": "none"}
    assert public.get("/basemap/layers/8/203/113.mvt").status_code == 200
    assert public.get("/basemap/file/8/203/113").status_code == 200


def test_loaded_layers_are_named_with_an_address_that_may_be_kept(public, archive, ctx_of, tmp_path):
    with ctx_of("quantri") as ctx:
        import_folder(ctx, small_ground(tmp_path))
    state = told(public)
    assert (state["kind"], state["attribution"]) == ("layers", THANKS)
    assert state["land"] == pytest.approx([105.5, 19.5, 106.1, 20.1])
    tile = public.get(state["tiles"].replace("{z}/{x}/{y}", "8/203/113"))
    assert tile.headers["Content-Type"] == MVT
    assert tile.headers["Cache-Control"] == "public, max-age=86400"
    assert "Quốc lộ 1A".encode() in gzip.decompress(tile.data)
    again = public.get(
        state["tiles"].replace("{z}/{x}/{y}", "8/203/113"), headers={"If-None-Match": tile.headers["ETag"]}
    )
    assert again.status_code == 304


@pytest.mark.parametrize(
    ("tile_type", "kind", "media_type"), [(TileType.PNG, "images", "image/png"), (TileType.MVT, "vector", MVT)]
)
def test_a_pmtiles_file_comes_before_loaded_layers(public, archive, ctx_of, tmp_path, tile_type, kind, media_type):
    with ctx_of("quantri") as ctx:
        import_folder(ctx, small_ground(tmp_path))
    write_archive(archive, {(3, 6, 3): b"tile"}, tile_type=tile_type, attribution="<a href='x'>Nguồn</a> mở")
    state = told(public)
    assert (state["kind"], state["attribution"]) == (kind, "Nguồn mở")
    assert (state["minzoom"], state["maxzoom"]) == (3, 3)
    tile = public.get(state["tiles"].replace("{z}/{x}/{y}", "3/6/3"))
    assert tile.headers["Content-Type"] == media_type
    assert (gzip.decompress(tile.data) if tile_type is TileType.MVT else tile.data) == b"tile"


def test_packed_tiles_are_unpacked_and_missing_ones_empty(public, archive):
    write_archive(archive, {(3, 6, 3): gzip.compress(b"tile")}, compression=Compression.GZIP)
    assert public.get("/basemap/file/3/6/3").data == b"tile"
    for address in ("3/7/7", "4/6/3", "3/99/0", "31/0/0", "999999/0/0"):
        answer = public.get(f"/basemap/file/{address}")
        assert (answer.status_code, answer.data) == (200, b""), address


@pytest.mark.parametrize("content", [b"", b"PMTiles", b"not a map" * 100, b"PMTiles\x03" + b"\xff" * 200])
def test_a_damaged_file_is_no_ground_and_no_failure(public, archive, content):
    archive.write_bytes(content)
    assert told(public) == {"kind": "none"}
    assert public.get("/basemap/file/3/6/3").status_code == 200


def test_a_file_cut_short_gives_empty_tiles(public, archive):
    write_archive(archive, {(3, 6, 3): b"tile"})
    archive.write_bytes(archive.read_bytes()[:-2])
    assert public.get("/basemap/file/3/6/3").status_code == 200


def test_a_configured_address_comes_first(app, public, archive, monkeypatch):
    write_archive(archive, {(3, 6, 3): b"tile"})
    monkeypatch.setitem(app.extensions, TILE_SERVER.name, TileServer(ADDRESS, "Bản đồ tỉnh"))
    assert told(public) == {
        "kind": "images",
        "tiles": ADDRESS,
        "attribution": "Bản đồ tỉnh",
        "minzoom": 0,
        "maxzoom": 22,
    }


def policy_of(tmp_path, **values):
    settings = Settings(secret_key=KEY, data_dir=tmp_path, testing=True, **values)
    answer = create_app(settings).test_client().get("/static/css/base.css")
    policy = answer.headers["Content-Security-Policy"]
    answer.close()
    return dict(part.split(" ", 1) for part in policy.split("; "))


def test_the_content_policy_names_that_host_and_only_where_it_is_set(tmp_path):
    plain = policy_of(tmp_path)
    named = policy_of(tmp_path, tile_url=ADDRESS, tile_attribution="Bản đồ tỉnh")
    assert "example" not in str(plain)
    assert {name for name in named if named[name] != plain[name]} == {"img-src", "connect-src"}
    assert named["connect-src"] == "'self' https://ban-do.example.vn"
    assert named["img-src"] == "'self' data: blob: https://ban-do.example.vn"


@pytest.mark.parametrize(
    "address",
    [
        "ban-do.example.vn/{z}/{x}/{y}.png",
        "ftp://ban-do.example.vn/{z}/{x}/{y}.png",
        "https://ban-do.example.vn/{z}/{x}.png",
        "https://ban-do.example.vn/{z}/{x}/{y}/{y}.png",
        "https://a;b/{z}/{x}/{y}.png",
        "https://*/{z}/{x}/{y}.png",
        "https://user:password@a.vn/{z}/{x}/{y}.png",
        "https:///{z}/{x}/{y}.png",
        "https://a b/{z}/{x}/{y}.png",
    ],
)
def test_an_address_that_would_open_more_than_one_host_stops_the_start(address, tmp_path):
    with pytest.raises(SettingsError, match="REGISTRY_TILE_URL"):
        Settings.from_env({"REGISTRY_TILE_URL": address, "REGISTRY_TILE_ATTRIBUTION": "x", "DATA_DIR": str(tmp_path)})


def test_whom_to_thank_must_be_said(tmp_path):
    with pytest.raises(SettingsError, match="REGISTRY_TILE_ATTRIBUTION"):
        Settings.from_env({"REGISTRY_TILE_URL": ADDRESS, "DATA_DIR": str(tmp_path)})
    assert (
        Settings.from_env(
            {"REGISTRY_TILE_URL": ADDRESS, "REGISTRY_TILE_ATTRIBUTION": "x", "DATA_DIR": str(tmp_path)}
        ).tile_url
        == ADDRESS
    )


def test_the_commands_load_and_take_away(app, ctx_of, tmp_path):
    runner = app.test_cli_runner()
    done = runner.invoke(args=["basemap", "import", str(small_ground(tmp_path))])
    assert done.exit_code == 0, done.output
    assert "Lớp roads: 3 đối tượng, bỏ qua 0" in done.output
    refused = runner.invoke(args=["basemap", "import", str(tmp_path / "none")])
    assert refused.exit_code == 1
    assert "không có tệp .geojson nào" in refused.output
    assert "Đã gỡ 3 lớp nền." in runner.invoke(args=["basemap", "clear"]).output
