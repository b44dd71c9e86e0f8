INSERT INTO dated_setting (key, valid_from, value, source, needs_verification) VALUES
    ('incident.emergency', '2000-01-01', '{"fire": 114, "police": 113, "ambulance": 115}', 'Số gọi khẩn cấp quốc gia',
     true),
    ('incident.quota', '2000-01-01',
     '{"photos": 4, "store_mb": 2000, "busy_a_minute": 20, "most_a_minute": 100, "of_network_an_hour": 20, "wrong_codes": 10}',
     'Quy ước của hệ thống, chưa có văn bản', true),
    -- Contact of reporters is erased so many days after the case has ended, and at the latest after so many days.
    ('incident.contact_days', '2000-01-01', '{"most": 365, "after_end": 30}',
     'Quy ước của hệ thống; Luật 91/2025/QH15 yêu cầu xóa khi hết mục đích', true),
    ('incident.near', '2000-01-01', '{"metres": 50, "open_days": 60, "closed_days": 14}',
     'Quy ước của hệ thống, chưa có văn bản', true),
    ('incident.repeated', '2000-01-01', '{"days": 365, "metres": 100}', 'Quy ước của hệ thống, chưa có văn bản', true),
    ('incident.owner_search_m', '2000-01-01', '60', 'Quy ước của hệ thống, chưa có văn bản', true),
    -- Days after the end within which the public may prove that it is not repaired.
    ('incident.reopen_days', '2000-01-01', '30', 'Quy ước của hệ thống, chưa có văn bản', true);
