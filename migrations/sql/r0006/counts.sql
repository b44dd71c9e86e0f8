-- With each count the sum of the places, so that a group of the map stands at their mean.
--
-- Places are whole numbers of ten-millionths of a degree: sums of them are exact, whatever is added and taken away.
CREATE FUNCTION micro(degrees double precision) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN round(degrees * 10000000)::bigint;

ALTER TABLE structure_tally ADD COLUMN lon_sum BIGINT NOT NULL DEFAULT 0, ADD COLUMN lat_sum BIGINT NOT NULL DEFAULT 0;
ALTER TABLE structure_tally_change
    ADD COLUMN lon_sum BIGINT NOT NULL DEFAULT 0, ADD COLUMN lat_sum BIGINT NOT NULL DEFAULT 0;

-- Every statement that writes structures appends its changes; one that moves nothing appends nothing. Cells are
-- shared by many structures, so they are grouped before their middles are computed.
CREATE OR REPLACE FUNCTION tally_rows() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    step CONSTANT integer := CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END;
BEGIN
    INSERT INTO structure_tally_change
    SELECT square_x(place), square_y(place), false, kind, owner_organisation_id, sharing_status, status,
           step * count(*), NULL::geometry, step * sum(micro(ST_X(place))), step * sum(micro(ST_Y(place)))
      FROM (SELECT ST_Centroid(geom) AS place, kind, owner_organisation_id, sharing_status, status FROM written) exact
     GROUP BY 1, 2, 4, 5, 6, 7
    UNION ALL
    SELECT square_x(ST_Centroid(cells)), square_y(ST_Centroid(cells)), true, kind, owner_organisation_id, sharing_status,
           status, step * members, cells, step * members * micro(ST_X(ST_Centroid(cells))),
           step * members * micro(ST_Y(ST_Centroid(cells)))
      FROM (SELECT geom_coarse AS cells, kind, owner_organisation_id, sharing_status, status, count(*) AS members
              FROM written WHERE geom_coarse IS NOT NULL GROUP BY 1, 2, 3, 4, 5) coarse;
    RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION tally_moves() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
BEGIN
    WITH moved AS MATERIALIZED (
        SELECT was.id
          FROM gone was JOIN written now USING (id)
         WHERE (was.kind, was.owner_organisation_id, was.sharing_status, was.status, was.geom, was.geom_coarse)
            IS DISTINCT FROM
               (now.kind, now.owner_organisation_id, now.sharing_status, now.status, now.geom, now.geom_coarse)
    ), steps AS MATERIALIZED (
        SELECT kind, owner_organisation_id, sharing_status, status, geom, geom_coarse, -1 AS step
          FROM gone JOIN moved USING (id)
        UNION ALL
        SELECT kind, owner_organisation_id, sharing_status, status, geom, geom_coarse, 1
          FROM written JOIN moved USING (id)
    )
    INSERT INTO structure_tally_change
    SELECT square_x(place), square_y(place), false, kind, owner_organisation_id, sharing_status, status, sum(step),
           NULL::geometry, sum(step * micro(ST_X(place))), sum(step * micro(ST_Y(place)))
      FROM (SELECT ST_Centroid(geom) AS place, kind, owner_organisation_id, sharing_status, status, step FROM steps) exact
     GROUP BY 1, 2, 4, 5, 6, 7
    HAVING sum(step) <> 0 OR sum(step * micro(ST_X(place))) <> 0 OR sum(step * micro(ST_Y(place))) <> 0
    UNION ALL
    SELECT square_x(ST_Centroid(cells)), square_y(ST_Centroid(cells)), true, kind, owner_organisation_id, sharing_status,
           status, members, cells, members * micro(ST_X(ST_Centroid(cells))), members * micro(ST_Y(ST_Centroid(cells)))
      FROM (SELECT geom_coarse AS cells, kind, owner_organisation_id, sharing_status, status, sum(step) AS members
              FROM steps WHERE geom_coarse IS NOT NULL GROUP BY 1, 2, 3, 4, 5 HAVING sum(step) <> 0) coarse;
    RETURN NULL;
END
$$;

-- Adds the changes to the counts, on all levels; returns how many changes there were. One at a time: a second returns
-- 0.
CREATE OR REPLACE FUNCTION add_up_structures() RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE
    taken bigint;
BEGIN
    IF NOT EXISTS (SELECT FROM structure_tally_change) OR NOT pg_try_advisory_xact_lock(7204012) THEN
        RETURN 0;
    END IF;
    CREATE TEMP TABLE taken_change (LIKE structure_tally_change) ON COMMIT DROP;
    WITH gone AS (DELETE FROM structure_tally_change RETURNING *) INSERT INTO taken_change SELECT * FROM gone;
    GET DIAGNOSTICS taken = ROW_COUNT;
    INSERT INTO structure_class (kind, owner_organisation_id, sharing_status, status)
    SELECT DISTINCT kind, owner_organisation_id, sharing_status, status FROM taken_change ON CONFLICT DO NOTHING;
    INSERT INTO structure_tally AS tally (level, x, y, is_coarse, class_id, count, lon_sum, lat_sum)
    SELECT level, x >> 16 - level, y >> 16 - level, is_coarse, class.id, sum(count), sum(lon_sum), sum(lat_sum)
      FROM taken_change JOIN structure_class class USING (kind, owner_organisation_id, sharing_status, status)
     CROSS JOIN generate_series(8, 16) level
     GROUP BY 1, 2, 3, 4, 5 HAVING sum(count) <> 0 OR sum(lon_sum) <> 0 OR sum(lat_sum) <> 0
    ON CONFLICT ON CONSTRAINT pk_structure_tally DO UPDATE SET count = tally.count + excluded.count,
       lon_sum = tally.lon_sum + excluded.lon_sum, lat_sum = tally.lat_sum + excluded.lat_sum;
    DELETE FROM structure_tally WHERE count = 0;
    CREATE TEMP TABLE taken_cell ON COMMIT DROP AS
    SELECT cells_key(cells) AS key, cells, class.id AS class_id, sum(count) AS count
      FROM taken_change JOIN structure_class class USING (kind, owner_organisation_id, sharing_status, status)
     WHERE cells IS NOT NULL
     GROUP BY 2, 3 HAVING sum(count) <> 0;
    INSERT INTO structure_cell (key, cells) SELECT DISTINCT ON (key) key, cells FROM taken_cell ON CONFLICT DO NOTHING;
    INSERT INTO structure_cell_tally AS tally (cell_id, class_id, count)
    SELECT cell.id, taken_cell.class_id, taken_cell.count FROM taken_cell JOIN structure_cell cell USING (key)
    ON CONFLICT ON CONSTRAINT pk_structure_cell_tally DO UPDATE SET count = tally.count + excluded.count;
    DELETE FROM structure_cell_tally WHERE count = 0;
    DELETE FROM structure_cell cell USING taken_cell
     WHERE cell.key = taken_cell.key AND NOT EXISTS (SELECT FROM structure_cell_tally WHERE cell_id = cell.id);
    DROP TABLE taken_change, taken_cell;
    RETURN taken;
END
$$;

-- Counts all structures again: after a load that bypassed the triggers.
CREATE OR REPLACE FUNCTION count_structures_anew() RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    LOCK TABLE structure, structure_tally, structure_cell IN SHARE ROW EXCLUSIVE MODE;
    DELETE FROM structure_tally;
    DELETE FROM structure_cell_tally;
    DELETE FROM structure_cell;
    DELETE FROM structure_tally_change;
    INSERT INTO structure_tally_change
    SELECT square_x(place), square_y(place), false, kind, owner_organisation_id, sharing_status, status, count(*),
           NULL::geometry, sum(micro(ST_X(place))), sum(micro(ST_Y(place)))
      FROM (SELECT ST_Centroid(geom) AS place, kind, owner_organisation_id, sharing_status, status FROM structure) exact
     GROUP BY 1, 2, 4, 5, 6, 7
    UNION ALL
    SELECT square_x(ST_Centroid(cells)), square_y(ST_Centroid(cells)), true, kind, owner_organisation_id, sharing_status,
           status, members, cells, members * micro(ST_X(ST_Centroid(cells))), members * micro(ST_Y(ST_Centroid(cells)))
      FROM (SELECT geom_coarse AS cells, kind, owner_organisation_id, sharing_status, status, count(*) AS members
              FROM structure WHERE geom_coarse IS NOT NULL GROUP BY 1, 2, 3, 4, 5) coarse;
    RETURN add_up_structures();
END
$$;

SELECT count_structures_anew();
ALTER TABLE structure_tally ALTER COLUMN lon_sum DROP DEFAULT, ALTER COLUMN lat_sum DROP DEFAULT;
ALTER TABLE structure_tally_change ALTER COLUMN lon_sum DROP DEFAULT, ALTER COLUMN lat_sum DROP DEFAULT;
