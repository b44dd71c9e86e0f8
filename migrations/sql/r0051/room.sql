-- A structure has room where more is free than there are cables of which it is not known where they are.
CREATE OR REPLACE VIEW structure_fact_now AS
SELECT s.id, s.kind, s.owner_organisation_id, s.owner_category, s.sharing_status, s.status,
       coalesce(s.commune_id, 0) AS commune_id, coalesce(s.condition, '') AS condition, s.is_public_asset,
       place.has_places, place.has_room, place.is_used,
       greatest(s.confirmed_on, s.surveyed_on, vietnamese_day(s.created_at)) AS fresh_on, days.since, days.shown_from
  FROM structure s
 CROSS JOIN LATERAL (SELECT count(*) > 0 AS has_places,
                            coalesce(sum(free), 0) > coalesce(sum(used) FILTER (WHERE label = unplaced_label()), 0) AS has_room,
                            coalesce(bool_or(used > 0), false) AS is_used
                       FROM capacity_place WHERE structure_id = s.id) place
 CROSS JOIN LATERAL days_of_structure(s.id) days;

CREATE OR REPLACE FUNCTION note_changed_places() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
BEGIN
    INSERT INTO structure_fact_change
    SELECT DISTINCT touched.id
      FROM gone was JOIN written now USING (id)
     CROSS JOIN LATERAL (VALUES (was.structure_id), (now.structure_id)) touched (id)
     WHERE (was.structure_id, was.free, was.used) IS DISTINCT FROM (now.structure_id, now.free, now.used);
    RETURN NULL;
END
$$;
