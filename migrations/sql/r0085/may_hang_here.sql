-- A line of poles that stated that its street is not for hanging: a draft of a rule of that street, for Sở Xây dựng to
-- complete and announce; where the street or its line is not known, a note of the line of poles.

CREATE TEMPORARY TABLE stated_streets ON COMMIT DROP AS
SELECT s.street_id, s.commune_id, array_agg(s.id) AS structure_ids, string_agg(s.code, ', ' ORDER BY s.code) AS codes,
       (SELECT ST_Multi(ST_CollectionExtract(ST_Collect(l.line), 2)) FROM street_line l
         WHERE l.street_id = s.street_id) AS shape,
       (SELECT u.organisation_id FROM role_assignment r JOIN user_account u ON u.id = r.user_id
         WHERE r.role = 'construction_department' AND u.organisation_id IS NOT NULL
         ORDER BY r.ended_at IS NOT NULL, r.id LIMIT 1) AS organisation_id
  FROM pole_line p JOIN structure s ON s.id = p.id
 WHERE NOT p.may_hang_here
 GROUP BY s.street_id, s.commune_id;

WITH drafts AS (
    INSERT INTO street_rule (state, organisation_id, street_id, commune_id, kind, document_number, document_on, issuer,
                             valid_from, note, shape, is_whole, title, state_since, created_at, version)
    SELECT 'proposed', d.organisation_id, d.street_id, d.commune_id, 'no_new_hanging', 'Chưa có văn bản', CURRENT_DATE,
           'Theo khai báo của chủ sở hữu tuyến cột', CURRENT_DATE,
           'Chuyển từ mục “Tuyến phố được phép treo cáp: không” của tuyến cột ' || d.codes || '.',
           d.shape, true, 'Cấm treo cáp mới: ' || t.name, now(), now(), 1
      FROM stated_streets d JOIN street t ON t.id = d.street_id
     WHERE d.shape IS NOT NULL AND NOT ST_IsEmpty(d.shape) AND d.organisation_id IS NOT NULL
    RETURNING id
)
INSERT INTO case_event (workflow, case_id, move, to_state, occurred_at, actor_label, said)
SELECT 'streetrule', id, 'open', 'proposed', now(), 'Hệ thống', '{}' FROM drafts;

UPDATE structure s
   SET note = concat_ws(E'\n', s.note, 'Chủ sở hữu khai: tuyến phố không được phép treo cáp.')
  FROM stated_streets d
 WHERE s.id = ANY(d.structure_ids)
   AND (d.shape IS NULL OR ST_IsEmpty(d.shape) OR d.organisation_id IS NULL OR d.street_id IS NULL);

UPDATE pole_line SET may_hang_here = NULL WHERE may_hang_here IS NOT NULL;
