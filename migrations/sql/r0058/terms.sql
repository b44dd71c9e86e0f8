INSERT INTO legal_term (key, valid_from, length, unit, reminders, citation, needs_verification)
VALUES
    ('violation.explain_oral', '2000-01-01', 2, 'working_day', '{}', 'Luật Xử lý vi phạm hành chính, Đ61', true),
    ('violation.deem_returned', '2000-01-01', 3, 'working_day', '{}', 'Luật Xử lý vi phạm hành chính, Đ70', true),
    ('violation.deem_electronic', '2000-01-01', 3, 'working_day', '{}', 'Luật Xử lý vi phạm hành chính, Đ70', true),
    ('violation.deem_posted', '2000-01-01', 7, 'working_day', '{}', 'Luật Xử lý vi phạm hành chính, Đ70', true)
ON CONFLICT DO NOTHING;
-- Complaints that are pending get the clock of their settlement with the next move; until then none runs.
UPDATE violation SET complaint_settled_on = complained_on
 WHERE complaint_level = 1 AND state <> 'appealed' AND complained_on IS NOT NULL;
