-- Terms of the procedure against violations, to be compared with the texts in force.
INSERT INTO legal_term (key, valid_from, length, unit, reminders, citation, needs_verification) VALUES
    ('violation.minutes', '2000-01-01', 2, 'working_day', '{1,0}',
     'Nghị định 118/2021/NĐ-CP, Đ12 (sửa đổi)', true),
    ('violation.minutes_complex', '2000-01-01', 5, 'working_day', '{2,1,0}',
     'Nghị định 118/2021/NĐ-CP, Đ12 (sửa đổi)', true),
    ('violation.explain', '2000-01-01', 5, 'working_day', '{}', 'Luật Xử lý vi phạm hành chính, Đ61', true),
    ('violation.decide_explained', '2000-01-01', 1, 'month', '{5,2,1,0}', 'Luật Xử lý vi phạm hành chính, Đ66', true),
    ('violation.decide_complex', '2000-01-01', 2, 'month', '{10,5,2,1,0}',
     'Luật Xử lý vi phạm hành chính, Đ66 (đặc biệt nghiêm trọng, phức tạp)', true),
    ('violation.pay', '2000-01-01', 10, 'calendar_day', '{}', 'Luật Xử lý vi phạm hành chính, Đ73', true),
    -- From the last day of the remedy: time for a check on site.
    ('violation.remedy_check', '2000-01-01', 2, 'working_day', '{2,0}', 'Quy ước của hệ thống, chưa có văn bản', true)
ON CONFLICT DO NOTHING;
