-- The same work as an import of this file, in the best plain SQL: one COPY, checks by sets with what this one file
-- needs and nothing else (no sentences, no other spelling, no other kind, no preview kept), then the same rows into
-- the same tables with the same indexes, constraints and triggers. :file, :owner are put in by the runner.
SET work_mem = '64MB';
SELECT set_config('registry.now', now()::text, false), set_config('registry.effective_at', now()::text, false),
       set_config('registry.change_id', nextval('change_id_seq')::text, false), set_config('registry.touched', '', false);
BEGIN;
CREATE TEMP TABLE raw (own_code text, name text, material text, length text, x text, y text, commune text, total text,
                       used text, sharing text) ON COMMIT DROP;
--copy
CREATE TEMP TABLE typed ON COMMIT DROP AS
SELECT row_number() OVER () AS number, own_code, name, commune,
       CASE material WHEN 'Bê tông' THEN 'concrete' WHEN 'Thép' THEN 'steel' END AS material,
       CASE WHEN length ~ '^[0-9]+(\.[0-9]+)?$' THEN length::numeric END AS length_m,
       CASE WHEN total ~ '^[0-9]+$' THEN total::bigint END AS total,
       CASE WHEN used ~ '^[0-9]+$' THEN used::bigint END AS used,
       CASE sharing WHEN 'Còn khả năng dùng chung' THEN 'available' WHEN 'Chưa đánh giá' THEN 'not_assessed' END AS sharing,
       x || '; ' || y AS said,
       CASE WHEN x ~ '^[0-9.]+$' AND y ~ '^[0-9.]+$' THEN ST_SetSRID(ST_MakePoint(y::float8, x::float8), 5897) END AS spot_m
  FROM raw;
CREATE TEMP TABLE placed ON COMMIT DROP AS SELECT *, ST_Transform(spot_m, 4326) AS spot FROM typed;
CREATE INDEX ON placed USING gist (spot);
CREATE INDEX ON placed USING gist (spot_m);
ANALYZE placed;
CREATE TEMP TABLE located ON COMMIT DROP AS
SELECT DISTINCT ON (inside.number) inside.number, unit.id AS commune_id, unit.name
  FROM admin_unit unit JOIN admin_unit_piece piece ON piece.unit_id = unit.id
  CROSS JOIN LATERAL (SELECT number FROM placed WHERE ST_Covers(piece.geom, placed.spot) OFFSET 0) inside
 WHERE unit.level = 'commune' AND unit.valid_to IS NULL
 ORDER BY inside.number, unit.extent_quality = 'official' DESC, unit.code, unit.id;
ANALYZE located;
CREATE TEMP TABLE good ON COMMIT DROP AS
SELECT placed.*, located.commune_id, s.id AS structure_id, s.name AS old_name,
       (p.length_m, p.material) IS DISTINCT FROM (placed.length_m, placed.material) AS differs
  FROM placed JOIN located USING (number)
  LEFT JOIN structure s ON s.own_code = placed.own_code AND s.owner_organisation_id = :owner
  LEFT JOIN cable_pole p ON p.id = s.id
 WHERE placed.length_m BETWEEN 3 AND 30 AND placed.material IS NOT NULL AND sharing IS NOT NULL AND used <= total
   AND located.name = placed.commune;
ANALYZE good;
-- within 20 m of a structure of the kind, and of another row
SELECT count(*) FROM good WHERE structure_id IS NULL AND EXISTS (
    SELECT FROM structure s WHERE ST_DWithin(s.geom_m, good.spot_m, 20) AND s.kind = 'cable_pole');
SELECT count(*) FROM placed WHERE EXISTS (
    SELECT FROM placed other WHERE other.number <> placed.number AND ST_DWithin(other.spot_m, placed.spot_m, 20));
SELECT count(*) FROM good JOIN structure s ON s.id = good.structure_id WHERE ST_Distance(s.geom_m, good.spot_m) > 0.05;
CREATE TEMP TABLE made ON COMMIT DROP AS
SELECT number, drawn AS id, 'THA-CTC-' || lpad(drawn::text, 7, '0') AS code
  FROM (SELECT number, draw_structure_number() AS drawn FROM good WHERE structure_id IS NULL OFFSET 0) numbered;
ANALYZE made;
INSERT INTO structure (id, code, kind, owner_organisation_id, owner_category, own_code, name, status, sharing_status,
    geom, given_position, given_srid, position_operation, position_method, commune_id, outside_area, is_public_asset,
    provenance, is_sample, created_at, updated_at, version)
SELECT made.id, made.code, 'cable_pole', owner.id, owner.owner_category, good.own_code, good.name, 'active',
    good.sharing, good.spot, good.said, 5897, 'EPSG:6960', 'unknown', good.commune_id, false, false, 'imported', false,
    now(), now(), 1
  FROM made JOIN good USING (number) JOIN organisation owner ON owner.id = :owner ORDER BY made.number;
INSERT INTO cable_pole (id, material, length_m)
SELECT made.id, good.material, good.length_m FROM made JOIN good USING (number) ORDER BY made.number;
INSERT INTO capacity_place (organisation_id, structure_id, label, unit, total)
SELECT :owner, made.id, 'Vị trí treo cáp', 'position', good.total FROM made JOIN good USING (number) ORDER BY number;
INSERT INTO capacity_entry (organisation_id, place_id, state, quantity)
SELECT :owner, place.id, 'used', good.used FROM made JOIN good USING (number)
  JOIN capacity_place place ON place.structure_id = made.id WHERE good.used > 0 ORDER BY number;
UPDATE cable_pole p SET length_m = good.length_m, material = good.material FROM good
 WHERE p.id = good.structure_id AND good.differs;
UPDATE structure s SET version = version + 1, updated_at = now() FROM good
 WHERE s.id = good.structure_id AND good.differs;
COMMIT;
