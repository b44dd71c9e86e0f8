-- Cuts a unit's extent into small pieces whenever the extent changes. Runs as its owner: nobody else writes pieces.
CREATE FUNCTION refresh_unit_pieces() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
BEGIN
    DELETE FROM admin_unit_piece WHERE unit_id = NEW.id;
    INSERT INTO admin_unit_piece (unit_id, geom)
    SELECT NEW.id, part.geom
      FROM ST_Subdivide(NEW.geom, 64) AS cut(geom), ST_Dump(cut.geom) AS part
     WHERE ST_Dimension(part.geom) = 2;
    RETURN NULL;
END
$$;
CREATE TRIGGER unit_pieces_insert AFTER INSERT ON admin_unit
    FOR EACH ROW WHEN (NEW.geom IS NOT NULL) EXECUTE FUNCTION refresh_unit_pieces();
CREATE TRIGGER unit_pieces_update AFTER UPDATE OF geom ON admin_unit
    FOR EACH ROW WHEN (OLD.geom IS DISTINCT FROM NEW.geom) EXECUTE FUNCTION refresh_unit_pieces();

-- The unit of a level that covers a place (WGS 84) on a day. An official outline wins over an approximate one, and on a
-- shared border the lowest code wins, so that every caller gets the same answer. Of a line a point on it decides.
CREATE FUNCTION unit_at(place geometry, wanted_level text, day date) RETURNS bigint
LANGUAGE sql STABLE STRICT PARALLEL SAFE
AS $$
    SELECT unit.id
      FROM admin_unit_piece piece JOIN admin_unit unit ON unit.id = piece.unit_id
     WHERE ST_Covers(piece.geom, CASE ST_Dimension(place) WHEN 0 THEN place ELSE ST_PointOnSurface(place) END)
       AND unit.level = wanted_level
       AND coalesce(unit.valid_from, '-infinity') <= day AND coalesce(unit.valid_to, 'infinity') >= day
     ORDER BY unit.extent_quality = 'official' DESC, unit.code, unit.id LIMIT 1
$$;

CREATE FUNCTION commune_at(place geometry, day date) RETURNS bigint LANGUAGE sql STABLE STRICT PARALLEL SAFE
AS $$ SELECT unit_at(place, 'commune', day) $$;
