INSERT INTO legal_term (key, valid_from, length, unit, reminders, citation, needs_verification)
VALUES
    ('violation.explain_more', '2000-01-01', 5, 'working_day', '{}', 'Luật Xử lý vi phạm hành chính, Đ61', true)
ON CONFLICT DO NOTHING;
