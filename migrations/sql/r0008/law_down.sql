-- Rows of this revision go, unless cases or clocks refer to them; histories stay.
DELETE FROM violation_competence WHERE sector <> 'telecom' OR (valid_to = '2026-06-30' AND reason IS NULL);
DELETE FROM violation_kind k
 WHERE reason IS NULL AND NOT EXISTS (SELECT FROM violation v WHERE v.kind_id = k.id)
   AND (code IN ('no_protection', 'no_permit_project', 'no_commencement_notice', 'shared_works_obstruction',
                 'shared_works_placing', 'price_minutes_ignored')
        OR (valid_from = '2020-04-15' AND code <> 'no_database'));
DELETE FROM legal_term t
 WHERE key = 'violation.limitation_long' AND NOT EXISTS (SELECT FROM case_clock c WHERE c.term_id = t.id);
UPDATE violation_kind SET fine_min_vnd = 20000000, article = 'Đ43.1, Đ43.2'
 WHERE code = 'unsafe_infra' AND valid_from = '2026-07-01' AND reason IS NULL;
UPDATE violation_kind SET fine_max_vnd = 140000000, article = 'Đ16.7'
 WHERE code = 'no_permit' AND valid_from = '2022-01-28' AND reason IS NULL;
UPDATE violation_kind SET article = 'Đ43.5.a' WHERE code = 'destroy_works' AND valid_from = '2026-07-01';
UPDATE violation_kind SET article = 'Đ43.4.a' WHERE code = 'radio_sabotage' AND valid_from = '2026-07-01';
UPDATE violation_competence SET article = 'Đ106', needs_verification = false
 WHERE authority = 'commune_chair' AND valid_from = '2026-07-01' AND reason IS NULL;
UPDATE violation_competence SET article = 'Đ106' WHERE authority = 'province_chair' AND valid_from = '2026-07-01';
