-- Structures that stand already: the first :existing places, one fifth of them of the importing owner, with their
-- places of capacity. Triggers are off, so they have no history rows; public cells and the counts of the map are made here.
SET session_replication_role = replica;
INSERT INTO structure (code, kind, owner_organisation_id, owner_category, own_code, name, status, sharing_status, geom, geom_coarse,
    given_position, given_srid, position_operation, position_method, commune_id, outside_area, is_public_asset,
    provenance, is_sample, created_at, updated_at, version)
SELECT 'THA-CTC-' || lpad(draw_structure_number()::text, 7, '0'), 'cable_pole',
    owner.id, owner.owner_category, 'CT-' || number, 'Cột treo cáp số ' || number, 'active',
    CASE number % 3 WHEN 0 THEN 'available' WHEN 1 THEN 'not_assessed' ELSE 'exclusive_full' END,
    point.geom, coarse_cells(point.geom, grid.side), x || '; ' || y, 5897, 'EPSG:6960', 'unknown', commune_id, false, false,
    'imported', false, now(), now(), 1
  FROM bench_place
 CROSS JOIN LATERAL (SELECT ST_SetSRID(ST_MakePoint(lon, lat), 4326) AS geom) point
 CROSS JOIN (SELECT coarse_grid_m() AS side) grid
  JOIN organisation owner ON owner.code = CASE WHEN number % 5 = 0 THEN 'viettel' ELSE 'vnpt' END
 WHERE number <= :existing ORDER BY number;
INSERT INTO cable_pole (id, material, length_m) SELECT id, 'concrete', 8.5 FROM structure WHERE kind = 'cable_pole';
INSERT INTO capacity_place (organisation_id, structure_id, label, unit, total)
SELECT owner_organisation_id, id, 'Vị trí treo cáp', 'position', 4 FROM structure WHERE kind = 'cable_pole';
RESET session_replication_role;
SELECT count_structures_anew();
