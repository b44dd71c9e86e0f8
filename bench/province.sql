-- Places more than 20 m apart inside communes of the province, in a repeatable order that is no order in space.
-- :wanted places are kept in bench_place (number, commune_id, commune, x, y, lon, lat).
ANALYZE admin_unit, admin_unit_piece;
CREATE TEMP TABLE grid AS
WITH box AS (
    SELECT ST_Transform(ST_SetSRID(ST_Extent(geom)::geometry, 4326), 5897) AS geom
      FROM admin_unit WHERE level = 'commune' AND valid_to IS NULL
), side AS MATERIALIZED (
    SELECT sqrt(ST_Area(geom) * 0.25 / :wanted) AS metres, ST_XMin(geom) AS west, ST_YMin(geom) AS south,
           ST_XMax(geom) - ST_XMin(geom) AS width, ST_YMax(geom) - ST_YMin(geom) AS height FROM box
)
SELECT i, j, ST_Transform(ST_SetSRID(ST_MakePoint(
    west + (i + 0.5 + 0.25 * sin(i * 12.9898 + j * 78.233)) * metres,
    south + (j + 0.5 + 0.25 * cos(i * 39.346 + j * 11.135)) * metres), 5897), 4326) AS geom
  FROM side, generate_series(0, (width / metres)::int) i, generate_series(0, (height / metres)::int) j;
CREATE INDEX ON grid USING gist (geom);
ANALYZE grid;
CREATE TABLE bench_place AS
SELECT row_number() OVER (ORDER BY md5(i || ':' || j)) AS number, commune_id, commune,
       round(ST_Y(metres)::numeric, 2) AS x, round(ST_X(metres)::numeric, 2) AS y,
       round(ST_X(geom)::numeric, 7) AS lon, round(ST_Y(geom)::numeric, 7) AS lat
  FROM (SELECT DISTINCT ON (inside.i, inside.j) inside.*, ST_Transform(inside.geom, 5897) AS metres,
               unit.id AS commune_id, unit.name AS commune
          FROM admin_unit unit JOIN admin_unit_piece piece ON piece.unit_id = unit.id
          CROSS JOIN LATERAL (SELECT * FROM grid WHERE ST_Covers(piece.geom, grid.geom) OFFSET 0) inside
         WHERE unit.level = 'commune' AND unit.valid_to IS NULL
         ORDER BY inside.i, inside.j, unit.extent_quality = 'official' DESC, unit.code, unit.id) placed
 LIMIT :wanted;
CREATE UNIQUE INDEX ON bench_place (number);
ANALYZE bench_place;
