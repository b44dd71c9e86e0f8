-- Side of the public grid in metres: a dated setting, read as of the transaction's own time.
CREATE FUNCTION coarse_grid_m() RETURNS double precision LANGUAGE sql STABLE
AS $$
    SELECT (value #>> '{}')::double precision FROM dated_setting
    WHERE key = 'position.coarse_grid_m'
      AND valid_from <= (coalesce(nullif(current_setting('registry.now', true), '')::timestamptz, now())
                         AT TIME ZONE 'Asia/Ho_Chi_Minh')::date
    ORDER BY valid_from DESC LIMIT 1
$$;

-- The cells (squares of the province's grid, EPSG:5897) that a geometry touches; a point has exactly one.
CREATE FUNCTION coarse_cells(exact geometry, side double precision) RETURNS geometry LANGUAGE plpgsql IMMUTABLE STRICT
AS $$
DECLARE
    flat geometry := ST_Transform(exact, 5897);
    x double precision;
    y double precision;
BEGIN
    IF GeometryType(exact) = 'POINT' THEN
        x := floor(ST_X(flat) / side) * side;
        y := floor(ST_Y(flat) / side) * side;
        RETURN ST_Multi(ST_Transform(ST_MakeEnvelope(x, y, x + side, y + side, 5897), 4326));
    END IF;
    RETURN (SELECT ST_Multi(ST_Transform(ST_Union(cell.geom), 4326)) FROM ST_SquareGrid(side, flat) cell
            WHERE ST_Intersects(cell.geom, flat));
END
$$;

-- Whatever writes a position writes its public cell with it; restricted structures have none.
CREATE FUNCTION keep_coarse_position() RETURNS trigger LANGUAGE plpgsql
AS $$
BEGIN
    NEW.geom_coarse := CASE WHEN NEW.sharing_status = 'restricted' THEN NULL
                            ELSE coarse_cells(NEW.geom, coarse_grid_m()) END;
    RETURN NEW;
END
$$;
CREATE TRIGGER coarse_position_insert BEFORE INSERT ON structure FOR EACH ROW EXECUTE FUNCTION keep_coarse_position();
CREATE TRIGGER coarse_position_update BEFORE UPDATE ON structure FOR EACH ROW
    WHEN (NEW.geom IS DISTINCT FROM OLD.geom OR NEW.sharing_status IS DISTINCT FROM OLD.sharing_status)
    EXECUTE FUNCTION keep_coarse_position();

-- A structure is never deleted, except sample data (flask demo clear).
CREATE FUNCTION refuse_real_deletion() RETURNS trigger LANGUAGE plpgsql
AS $$
BEGIN
    IF NOT OLD.is_sample THEN
        RAISE EXCEPTION 'structure % is never deleted', OLD.code USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN OLD;
END
$$;
CREATE TRIGGER never_deleted BEFORE DELETE ON structure FOR EACH ROW EXECUTE FUNCTION refuse_real_deletion();

-- Sums of a place follow its entries; the CHECK on the place then refuses what does not fit.
CREATE FUNCTION add_capacity() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
BEGIN
    UPDATE capacity_place p SET used = p.used + d.used, reserved = p.reserved + d.reserved, blocked = p.blocked + d.blocked
    FROM (SELECT place_id, coalesce(sum(quantity) FILTER (WHERE state = 'used'), 0) AS used,
                 coalesce(sum(quantity) FILTER (WHERE state = 'reserved'), 0) AS reserved,
                 coalesce(sum(quantity) FILTER (WHERE state = 'blocked'), 0) AS blocked
          FROM (SELECT place_id, state, quantity FROM new_rows) moved GROUP BY place_id) d
    WHERE p.id = d.place_id AND (d.used, d.reserved, d.blocked) <> (0, 0, 0);
    RETURN NULL;
END
$$;
CREATE FUNCTION move_capacity() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
BEGIN
    UPDATE capacity_place p SET used = p.used + d.used, reserved = p.reserved + d.reserved, blocked = p.blocked + d.blocked
    FROM (SELECT place_id, coalesce(sum(quantity) FILTER (WHERE state = 'used'), 0) AS used,
                 coalesce(sum(quantity) FILTER (WHERE state = 'reserved'), 0) AS reserved,
                 coalesce(sum(quantity) FILTER (WHERE state = 'blocked'), 0) AS blocked
          FROM (SELECT place_id, state, quantity FROM new_rows UNION ALL SELECT place_id, state, -quantity AS quantity FROM old_rows) moved GROUP BY place_id) d
    WHERE p.id = d.place_id AND (d.used, d.reserved, d.blocked) <> (0, 0, 0);
    RETURN NULL;
END
$$;
CREATE FUNCTION take_capacity() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
BEGIN
    UPDATE capacity_place p SET used = p.used + d.used, reserved = p.reserved + d.reserved, blocked = p.blocked + d.blocked
    FROM (SELECT place_id, coalesce(sum(quantity) FILTER (WHERE state = 'used'), 0) AS used,
                 coalesce(sum(quantity) FILTER (WHERE state = 'reserved'), 0) AS reserved,
                 coalesce(sum(quantity) FILTER (WHERE state = 'blocked'), 0) AS blocked
          FROM (SELECT place_id, state, -quantity AS quantity FROM old_rows) moved GROUP BY place_id) d
    WHERE p.id = d.place_id AND (d.used, d.reserved, d.blocked) <> (0, 0, 0);
    RETURN NULL;
END
$$;
CREATE TRIGGER sums_insert AFTER INSERT ON capacity_entry REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION add_capacity();
CREATE TRIGGER sums_update AFTER UPDATE ON capacity_entry REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION move_capacity();
CREATE TRIGGER sums_delete AFTER DELETE ON capacity_entry REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION take_capacity();
