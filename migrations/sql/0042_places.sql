-- Where a structure or its public cells lie, as a word whose order keeps neighbours together: the geohash (base32, nine
-- letters, some 5 m) of the middle of its box, after a figure for how far it reaches. What reaches into a window has
-- its middle within half its reach of it: structures/places.py. Bytes, for no language orders them otherwise.
CREATE FUNCTION place_key(place public.geometry) RETURNS bytea LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT (width_bucket(greatest(public.ST_XMax(place) - public.ST_XMin(place), public.ST_YMax(place) - public.ST_YMin(place)),
                         ARRAY[1e-9, 0.01, 0.08]::double precision[])::text || public.ST_GeoHash(place, 9))::bytea
$$;
CREATE INDEX ix_structure_place ON structure (place_key(geom), id);
CREATE INDEX ix_structure_place_coarse ON structure (place_key(geom_coarse), id);
