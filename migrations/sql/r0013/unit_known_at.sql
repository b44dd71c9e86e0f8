-- The unit of a level that covers a place on a day, as far as that was known at a moment: `unit_at` with the days of the
-- units from their history. A unit older than its history has the days of now. Outlines have no past: those of now serve.

CREATE FUNCTION unit_known_at(place geometry, wanted_level text, day date, known_at timestamptz) RETURNS bigint
LANGUAGE sql STABLE STRICT PARALLEL SAFE
AS $$
    SELECT unit.id
      FROM admin_unit_piece piece
      JOIN admin_unit unit ON unit.id = piece.unit_id
      LEFT JOIN LATERAL (
          SELECT history_id, valid_from, valid_to, extent_quality, code
            FROM admin_unit_history version
           WHERE version.id = unit.id AND version.recorded_from <= known_at
           ORDER BY history_id DESC LIMIT 1
      ) known ON true
     WHERE ST_Covers(piece.geom, CASE ST_Dimension(place) WHEN 0 THEN place ELSE ST_PointOnSurface(place) END)
       AND unit.level = wanted_level
       AND coalesce(CASE WHEN known.history_id IS NULL THEN unit.valid_from ELSE known.valid_from END, '-infinity') <= day
       AND coalesce(CASE WHEN known.history_id IS NULL THEN unit.valid_to ELSE known.valid_to END, 'infinity') >= day
     ORDER BY coalesce(known.extent_quality, unit.extent_quality) = 'official' DESC,
              coalesce(known.code, unit.code), unit.id
     LIMIT 1
$$;
