-- Cables over the structures that stand already, each over :carriers that follow one another in their numbers, in order.
SET session_replication_role = replica;
CREATE TEMPORARY TABLE bench_carrier AS
SELECT id, owner_organisation_id, owner_category, commune_id, geom, (number - 1) / :carriers AS cable,
       (number - 1) % :carriers + 1 AS ordinal
  FROM (SELECT *, row_number() OVER (PARTITION BY owner_organisation_id ORDER BY id) AS number FROM structure
         WHERE kind = 'cable_pole') numbered;
CREATE TEMPORARY TABLE bench_cable AS
SELECT draw_structure_number() AS id, owner_organisation_id, cable, min(owner_category) AS owner_category,
       min(commune_id) AS commune_id, ST_MakeLine(geom ORDER BY ordinal) AS geom
  FROM bench_carrier GROUP BY owner_organisation_id, cable HAVING count(*) = :carriers;
INSERT INTO structure (id, code, kind, owner_organisation_id, owner_category, own_code, name, status, sharing_status, geom,
    geom_coarse, given_position, given_srid, position_operation, position_method, commune_id, outside_area, is_public_asset,
    provenance, is_sample, created_at, updated_at, version)
SELECT id, 'THA-CAP-' || lpad(id::text, 7, '0'), 'cable_route', owner_organisation_id, owner_category,
    'CAP-' || owner_organisation_id || '-' || cable, 'Cáp ' || cable, 'active', 'not_applicable', geom, NULL,
    '', 4326, '', 'unknown', commune_id, false, false, 'imported', false, now(), now(), 1
  FROM bench_cable;
INSERT INTO cable_route (id, cable_kind, laying, installed_on)
SELECT id, 'fibre', 'aerial', DATE '2019-06-15' FROM bench_cable;
INSERT INTO cable_member (organisation_id, cable_id, ordinal, structure_id)
SELECT c.owner_organisation_id, c.id, b.ordinal, b.id
  FROM bench_carrier b JOIN bench_cable c ON c.owner_organisation_id = b.owner_organisation_id AND c.cable = b.cable;
RESET session_replication_role;
