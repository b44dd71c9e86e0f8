"""The ground of the maps: layers loaded from files, all or nothing, and their tiles."""

import json

import pytest

from registry.audit.queries import events_query
from registry.basemap.queries import attributions, last_imported_at, tile
from registry.basemap.service import clear, import_folder
from registry.kernel.errors import Forbidden, Invalid
from tests.support.boundaries import square
from tests.support.grounds import REAL_GROUND, THANKS, layer, line, piece, small_ground
from tests.support.outsider import tile_at

NEAR, FAR = ((zoom, *tile_at(105.755, 19.805, zoom)) for zoom in (10, 8))


@pytest.fixture
def ground(ctx_of, tmp_path):
    """The folder of a small ground that is loaded."""
    folder = tmp_path / "ground"
    folder.mkdir()
    small_ground(folder)
    with ctx_of("quantri") as ctx:
        loaded = import_folder(ctx, folder)
    assert {each.layer: (each.features, each.left_out) for each in loaded} == {
        "land": (1, 0),
        "rivers": (1, 1),
        "roads": (3, 0),
    }
    return folder


def drawn(ctx_of, address):
    with ctx_of(None, read_only=True) as ctx:
        return tile(ctx.session, *address, ctx.today)


def test_a_tile_has_every_layer_with_the_names_of_roads(ctx_of, ground):
    near = drawn(ctx_of, NEAR)
    for word in ("land", "rivers", "roads", "Quốc lộ 1A", "Tỉnh lộ 511", "main", "minor", "rail"):
        assert word.encode() in near, word


def test_from_afar_only_the_main_roads_are_drawn(ctx_of, ground):
    far = drawn(ctx_of, FAR)
    assert "Quốc lộ 1A".encode() in far
    assert "Tỉnh lộ 511".encode() not in far


def test_a_tile_elsewhere_is_empty_and_one_outside_the_world_refused(ctx_of, ground):
    assert drawn(ctx_of, (12, 0, 0)) == b""
    with pytest.raises(Invalid):
        drawn(ctx_of, (3, 8, 0))


def test_a_layer_replaces_the_one_before_and_leaves_the_others(ctx_of, ground, tmp_path):
    layer(tmp_path, "roads", piece(line((105.7, 19.7), (105.9, 19.9)), name="Đường mới", rank="Quốc Gia"))
    with ctx_of("quantri") as ctx:
        import_folder(ctx, tmp_path)
    near = drawn(ctx_of, NEAR)
    assert "Đường mới".encode() in near
    assert "Quốc lộ 1A".encode() not in near
    assert b"land" in near


def test_whom_to_thank_is_kept_and_the_import_is_in_the_log(ctx_of, ground):
    with ctx_of("so.khcn", read_only=True) as ctx:
        assert attributions(ctx.session) == [THANKS]
        assert last_imported_at(ctx.session) is not None
        assert "basemap.import" in {event.action for event in ctx.session.execute(events_query(ctx))}


def test_what_was_loaded_can_be_taken_away(ctx_of, ground):
    with ctx_of("quantri") as ctx:
        assert clear(ctx) == 3
    assert b"roads" not in drawn(ctx_of, NEAR)
    with ctx_of("quantri") as ctx:
        assert clear(ctx) == 0


def test_only_administrators_load_a_ground(ctx_of, tmp_path):
    small_ground(tmp_path)
    with ctx_of("viettel") as ctx, pytest.raises(Forbidden):
        import_folder(ctx, tmp_path)


GOOD = piece(square(105.5, 19.5))


@pytest.mark.parametrize(
    ("name", "features", "members", "sentence"),
    [
        ("buildings", [GOOD], {}, "Tệp buildings.geojson không phải lớp nền; cần một trong: land.geojson"),
        ("land", [GOOD], {"attribution": " "}, "thành viên attribution: còn trống"),
        ("land", [GOOD], {"attribution": 7}, "thành viên attribution: còn trống"),
        ("land", [GOOD], {"type": "Feature"}, "không phải FeatureCollection"),
        ("land", [GOOD, piece(square(581102, 2191076))], {}, "đối tượng 2: hình học không hợp lệ, cần tọa độ"),
        (
            "roads",
            [piece({"type": "LineString", "coordinates": [105.7, 19.7]})],
            {},
            "đối tượng 1: hình học không hợp lệ",
        ),
        ("roads", [piece({"type": "LineString", "coordinates": [["a", 1]]})], {}, "đối tượng 1"),
        ("roads", [piece({"type": "LineString", "coordinates": [[float("nan"), 19]]})], {}, "đối tượng 1"),
        ("roads", [piece(line((105, 19), (106, 19)), name="a\x00b")], {}, "ký tự điều khiển"),
    ],
)
def test_a_wrong_file_is_refused_in_one_sentence_and_nothing_changes(
    ctx_of, ground, tmp_path, name, features, members, sentence
):
    folder = tmp_path / "wrong"
    folder.mkdir()
    layer(folder, name, *features, **members)
    before = drawn(ctx_of, NEAR)
    with pytest.raises(Invalid) as refused, ctx_of("quantri") as ctx:
        import_folder(ctx, folder)
    assert sentence in str(refused.value)
    assert drawn(ctx_of, NEAR) == before


@pytest.mark.parametrize("text", ["", "{", "[]", '"x"', "null", '{"type": "FeatureCollection", "features": 3}'])
def test_what_is_no_geojson_is_refused(ctx_of, tmp_path, text):
    (tmp_path / "land.geojson").write_text(text, encoding="utf-8")
    with ctx_of("quantri") as ctx, pytest.raises(Invalid, match=r"land\.geojson"):
        import_folder(ctx, tmp_path)


@pytest.mark.parametrize("broken", [None, 3, {}, {"geometry": None}, {"geometry": {"type": "Polygon"}}])
def test_a_feature_without_a_shape_is_left_out_or_refused_never_a_failure(ctx_of, tmp_path, broken):
    layer(tmp_path, "land", broken, GOOD)
    with ctx_of("quantri") as ctx:
        try:
            (loaded,) = import_folder(ctx, tmp_path)
        except Invalid as refused:
            assert "đối tượng 1" in str(refused)  # noqa: PT017 - either answer is right, a failure is not
        else:
            assert (loaded.features, loaded.left_out) == (1, 1)


def test_a_line_of_one_point_is_left_out(ctx_of, tmp_path):
    layer(tmp_path, "roads", piece(line((105.7, 19.7))), piece(line((105.7, 19.7), (105.8, 19.7))))
    with ctx_of("quantri") as ctx:
        (loaded,) = import_folder(ctx, tmp_path)
    assert (loaded.features, loaded.left_out) == (1, 1)


def test_a_folder_without_layers_is_refused(ctx_of, tmp_path):
    with ctx_of("quantri") as ctx, pytest.raises(Invalid, match=r"không có tệp \.geojson nào"):
        import_folder(ctx, tmp_path)


@pytest.mark.skipif(not REAL_GROUND.is_dir(), reason="the real layers of the ground are not beside this checkout")
def test_the_real_layers_are_loaded_whole(ctx_of):
    layer_documents = {path.stem: json.loads(path.read_text()) for path in REAL_GROUND.glob("*.geojson")}
    with ctx_of("quantri") as ctx:
        loaded = import_folder(ctx, REAL_GROUND)
        assert {each.layer for each in loaded} == set(layer_documents)
        for each in loaded:
            assert each.features + each.left_out == len(layer_documents[each.layer]["features"])
            assert each.layer == "rivers" or each.left_out == 0
        assert len(attributions(ctx.session)) == 3
    province = drawn(ctx_of, FAR)
    for name in ("land", "rivers", "roads", "provinces_around"):
        assert name.encode() in province
    assert len(province) < 200_000
