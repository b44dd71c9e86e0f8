INSERT INTO dated_setting (key, valid_from, value, source, needs_verification) VALUES
    ('setting.notice_days', '2000-01-01', '14', 'Quy ước của hệ thống, chưa có văn bản', true);
