-- Structures where people live: :wanted candidates around :centres towns of the plain, the larger ones many times as
-- large as the smaller (Zipf), up to some 7,000 in a square kilometre, in rows along streets a hundred metres apart.
-- 80 in a hundred are poles, 10 ducts, 8 manholes, 2 towers, of several owners, with places of capacity of which some
-- are free. Nothing is random: all comes from the number of the row. Triggers are off, so there are no history rows;
-- public cells and the counts of the map are made here. Each owner's lie on the pages neighbour by neighbour, as
-- lists by commune and route bring them.
CREATE FUNCTION bench_part(number bigint, salt bigint) RETURNS float8 LANGUAGE sql IMMUTABLE AS $$
    SELECT ((hashint8extended(number, salt) & 1073741823) + 0.5) / 1073741824.0
$$;
CREATE TEMP TABLE centre AS
SELECT i, ST_Transform(ST_Centroid(ST_TileEnvelope(15, :west + i * :step_x % :width, :north + i * :step_y % :height)), 5897)
       AS place, share, greatest(sqrt(1000000 * share / (pi() * 7000)) * 1000, 700) AS reach_m,
       sum(share) OVER (ORDER BY i) AS upto
  FROM (SELECT i, 1.0 / (i + 1) / sum(1.0 / (i + 1)) OVER () AS share
          FROM generate_series(0, :centres - 1) AS i) AS weighted;
CREATE TEMP TABLE street AS
WITH drawn AS (
    SELECT number, ST_X(place) + away_m * cos(2 * pi() * turn) AS east,
           ST_Y(place) + away_m * sin(2 * pi() * turn) AS north, bench_part(number, 4) AS along
      FROM (SELECT number, bench_part(number, 1) AS chance, bench_part(number, 3) AS turn,
                   sqrt(-ln(bench_part(number, 2))) AS spread
              FROM generate_series(1, :wanted * 21 / 20) AS number) AS draw
      JOIN centre ON draw.chance > centre.upto - centre.share AND draw.chance <= centre.upto
     CROSS JOIN LATERAL (SELECT spread * reach_m AS away_m) AS away
), placed AS (
    SELECT number, ST_SetSRID(ST_MakePoint(
               round((CASE WHEN along < 0.5 THEN round(east / 100) * 100 + 3 * along ELSE east END)::numeric, 2),
               round((CASE WHEN along < 0.5 THEN north ELSE round(north / 100) * 100 + 3 * along END)::numeric, 2)),
           5897) AS flat FROM drawn
)
SELECT number, flat, ST_Transform(flat, 4326) AS geom FROM placed;
CREATE INDEX ON street USING gist (geom);
ANALYZE street, admin_unit, admin_unit_piece;
CREATE TABLE bench_place AS
SELECT DISTINCT ON (inside.number) inside.*, unit.id AS commune_id
  FROM admin_unit unit JOIN admin_unit_piece piece ON piece.unit_id = unit.id
 CROSS JOIN LATERAL (SELECT * FROM street WHERE ST_Covers(piece.geom, street.geom) OFFSET 0) inside
 WHERE unit.level = 'commune' AND unit.valid_to IS NULL
 ORDER BY inside.number, unit.extent_quality = 'official' DESC, unit.code, unit.id;
ANALYZE bench_place;
SET session_replication_role = replica;
INSERT INTO structure (code, kind, owner_organisation_id, owner_category, own_code, name, status, sharing_status, geom,
    geom_coarse, given_position, given_srid, position_operation, position_method, commune_id, outside_area,
    is_public_asset, provenance, is_sample, created_at, updated_at, version)
SELECT 'THA-' || prefix || '-' || lpad(draw_structure_number()::text, 7, '0'), of_kind.kind, owner.id,
    owner.owner_category, 'CT-' || number, label || ' số ' || number, 'active', sharing, shape.geom,
    CASE WHEN sharing <> 'restricted' THEN coarse_cells(shape.geom, grid.side) END,
    ST_X(place.geom) || '; ' || ST_Y(place.geom), 4326, 'EPSG:6960', 'unknown', commune_id, false, false, 'imported', false, now(),
    now() - place.number * interval '1 second', 1
  FROM (SELECT bench_place.*, (number % 50)::int AS part, (bench_part(number, 5) * 100)::int AS luck FROM bench_place
         ORDER BY number LIMIT :existing) AS place
 CROSS JOIN LATERAL (SELECT CASE WHEN part = 0 THEN 'antenna_tower' WHEN part < 5 THEN 'manhole'
        WHEN part < 10 THEN 'cable_duct' ELSE 'cable_pole' END AS kind,
    CASE WHEN part = 0 THEN 'CAT' WHEN part < 5 THEN 'BCA' WHEN part < 10 THEN 'CCA' ELSE 'CTC' END AS prefix,
    CASE WHEN part = 0 THEN 'Cột ăng ten' WHEN part < 5 THEN 'Bể cáp' WHEN part < 10 THEN 'Cống cáp'
        ELSE 'Cột treo cáp' END AS label,
    CASE WHEN luck < 25 THEN 'available' WHEN luck < 35 THEN 'shared_available' WHEN luck < 45 THEN 'upgradable'
        WHEN luck < 75 THEN 'not_assessed' WHEN luck < 95 THEN 'exclusive_full' ELSE 'restricted' END AS sharing) of_kind
 -- A duct leads along its street for some 40 to 120 m, with a bend.
 CROSS JOIN LATERAL (SELECT CASE WHEN of_kind.kind = 'cable_duct' THEN ST_Transform(ST_MakeLine(ARRAY[flat,
        ST_Translate(flat, 20 + luck * 0.4, 1), ST_Translate(flat, 40 + luck * 0.8, 0)]), 4326) ELSE place.geom END AS geom) shape
 CROSS JOIN (SELECT coarse_grid_m() AS side) grid
  JOIN organisation owner ON owner.code = (ARRAY['viettel', 'vnpt', 'vnpt', 'mobifone', 'pc_thanhhoa'])[1 + number % 5]
 ORDER BY owner.id, shape.geom;
INSERT INTO cable_pole (id, material, length_m) SELECT id, 'concrete', 8.5 FROM structure WHERE kind = 'cable_pole';
INSERT INTO cable_duct (id, bore_count, bore_diameter_mm) SELECT id, 4, 110 FROM structure WHERE kind = 'cable_duct';
INSERT INTO manhole (id) SELECT id FROM structure WHERE kind = 'manhole';
INSERT INTO antenna_tower (id, mast_class, height_m) SELECT id, 'A2b', 42 FROM structure WHERE kind = 'antenna_tower';
INSERT INTO capacity_place (organisation_id, structure_id, label, unit, total, used)
SELECT owner_organisation_id, id, 'Chỗ', CASE kind WHEN 'cable_pole' THEN 'cable' WHEN 'cable_duct' THEN 'bore'
       ELSE 'position' END, 6, id % 8 % 7 FROM structure WHERE kind <> 'manhole';
RESET session_replication_role;
SELECT count_structures_anew();
