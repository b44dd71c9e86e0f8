-- Terms to make a place safe and to restore. No text of the province is known: the figures of cable, pole, mast and
-- station are those of another province, the rest are conventions. All are to be confirmed.
INSERT INTO legal_term (key, valid_from, length, unit, reminders, citation, needs_verification) VALUES
    ('incident.triage_hazard', '2000-01-01', 1, 'hour', '{}', 'Quy ước của hệ thống, chưa có văn bản', true),
    ('incident.triage', '2000-01-01', 1, 'working_day', '{0}', 'Quy ước của hệ thống, chưa có văn bản', true),
    ('incident.restore_hazard', '2000-01-01', 4, 'hour', '{}', 'Quy ước của hệ thống, chưa có văn bản', true),
    ('incident.restore_mast', '2000-01-01', 6, 'hour', '{}', 'QĐ 72/2025/QĐ-UBND Bắc Ninh, Đ10', true),
    ('incident.restore_cable', '2000-01-01', 12, 'hour', '{}', 'QĐ 72/2025/QĐ-UBND Bắc Ninh, Đ10', true),
    ('incident.restore_station', '2000-01-01', 24, 'hour', '{}', 'QĐ 72/2025/QĐ-UBND Bắc Ninh, Đ10', true),
    ('incident.restore_pole', '2000-01-01', 24, 'hour', '{}', 'QĐ 72/2025/QĐ-UBND Bắc Ninh, Đ10', true),
    ('incident.restore', '2000-01-01', 5, 'working_day', '{2,0}', 'Quy ước của hệ thống, chưa có văn bản', true),
    -- There it is the term of a plan to bury the line.
    ('incident.fix', '2000-01-01', 10, 'calendar_day', '{3,0}', 'QĐ 72/2025/QĐ-UBND Bắc Ninh, Đ10', true),
    ('incident.confirm', '2000-01-01', 5, 'working_day', '{2,0}', 'Quy ước của hệ thống, chưa có văn bản', true);
