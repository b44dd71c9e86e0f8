-- What a dashboard needs beside structures: a cable along each fifth duct, users of the towers, years in which things
-- were built and confirmed, and one version of each row in its history, recorded over six years. Nothing is random.
SET session_replication_role = replica;
INSERT INTO structure (code, kind, owner_organisation_id, owner_category, own_code, name, status, sharing_status, geom,
    geom_coarse, given_position, given_srid, position_operation, position_method, commune_id, outside_area,
    is_public_asset, provenance, is_sample, created_at, updated_at, version)
SELECT replace(code, 'CCA', 'TCA'), 'cable_route', owner_organisation_id, owner_category, replace(own_code, 'CT', 'CAP'),
    'Tuyến cáp ' || own_code, status, 'not_applicable', geom, coarse_cells(geom, coarse_grid_m()), given_position,
    given_srid, position_operation, position_method, commune_id, outside_area, false, provenance, false, created_at,
    updated_at, 1
  FROM structure WHERE kind = 'cable_duct' AND id % 5 = 0;
INSERT INTO cable_route (id, cable_kind, laying, installed_on)
SELECT id, 'fibre', CASE id % 3 WHEN 0 THEN 'aerial' WHEN 1 THEN 'underground' END, date '2014-01-01' + (id % 4000)::int
  FROM structure WHERE kind = 'cable_route';
INSERT INTO capacity_entry (organisation_id, place_id, state, quantity, holder_id, technology, started_on)
SELECT place.organisation_id, place.id, 'used', 1, holder.id, '4g', date '2018-01-01' + (place.structure_id % 2500)::int
  FROM capacity_place place JOIN antenna_tower tower ON tower.id = place.structure_id
 CROSS JOIN LATERAL (SELECT id FROM organisation WHERE code IN ('viettel', 'vnpt', 'mobifone') ORDER BY code
                      LIMIT 1 + place.structure_id % 3) holder;
UPDATE structure SET created_at = now() - (id % 2190) * interval '1 day', condition = CASE WHEN id % 97 = 0 THEN 'dangerous'
    WHEN id % 3 = 0 THEN 'good' END, is_public_asset = id % 40 = 0,
    confirmed_on = CASE WHEN id % 4 <> 0 THEN now()::date - (id % 900)::int END,
    in_service_on = now()::date - (id % 2190)::int;
DO $$
DECLARE
    target text;
    names text;
BEGIN
    FOREACH target IN ARRAY ARRAY['structure', 'antenna_tower', 'cable_duct', 'cable_pole', 'cable_route', 'manhole',
                                  'capacity_place', 'capacity_entry'] LOOP
        SELECT string_agg('h.' || quote_ident(attname), ', ' ORDER BY attnum) INTO names
          FROM pg_attribute WHERE attrelid = target::regclass AND attnum > 0 AND NOT attisdropped;
        EXECUTE format('INSERT INTO %1$I (%2$s, recorded_from, effective_from, change_id, row_digest)'
            ' SELECT %3$s, now() - (h.id %% 2190) * interval ''1 day'', now() - (h.id %% 2190) * interval ''1 day'', 0, '''''
            '   FROM %4$I h ORDER BY h.id',
            target || '_history', replace(names, 'h.', ''), names, target);
    END LOOP;
END
$$;
RESET session_replication_role;
SELECT count_structures_anew();
