INSERT INTO dated_setting (key, valid_from, value, source, needs_verification)
VALUES
    ('violation.fine_account', '2000-01-01', '{"bank": "Kho bạc Nhà nước"}',
     'Chưa có văn bản của Kho bạc Nhà nước thông báo tài khoản thu phạt', true)
ON CONFLICT DO NOTHING;
