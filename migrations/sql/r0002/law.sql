-- The law as known in November 2026: amounts in đồng for organisations, read from scanned texts where marked.
INSERT INTO dated_setting (key, valid_from, value, source, needs_verification) VALUES
    ('plan.in_force', '2000-01-01', 'true', 'Luật Viễn thông; quy hoạch hạ tầng viễn thông thụ động của tỉnh', true),
    -- Whether it was lifted since is not known.
    ('plan.in_force', '2025-04-09', 'false',
     'Công văn 724/BKHCN-CVT ngày 09/4/2025: dừng lập quy hoạch đến khi sắp xếp xong đơn vị hành chính', true)
ON CONFLICT DO NOTHING;

-- Points that were compared with the decree.
UPDATE violation_kind SET needs_verification = false
 WHERE code IN ('project_not_announced', 'no_maintenance', 'not_notified') AND valid_from = '2026-07-01';

INSERT INTO violation_kind
    (code, kind_group, act, valid_from, fine_min_vnd, fine_max_vnd, decree, article, owner_first, needs_verification)
VALUES
    ('no_free_choice', 'building', 'Không bảo đảm quyền tự do lựa chọn doanh nghiệp viễn thông trong tòa nhà',
     '2026-07-01', 20000000, 30000000, 'Nghị định 174/2026/NĐ-CP', 'Đ41.1.b', false, true),
    ('no_competition', 'building', 'Hạn chế cạnh tranh cung cấp dịch vụ viễn thông trong tòa nhà',
     '2026-07-01', 20000000, 30000000, 'Nghị định 174/2026/NĐ-CP', 'Đ41.1.c', false, true),
    ('design_breach', 'building', 'Thiết kế hạ tầng kỹ thuật viễn thông không đúng quy định',
     '2026-07-01', 20000000, 30000000, 'Nghị định 174/2026/NĐ-CP', 'Đ41.1.d', false, true),
    ('one_operator_only', 'building', 'Hạ tầng trong tòa nhà không đủ chỗ cho ít nhất hai doanh nghiệp',
     '2026-07-01', 20000000, 30000000, 'Nghị định 174/2026/NĐ-CP', 'Đ41.1.g', false, true),
    ('no_facilitation', 'building', 'Không tạo điều kiện cho doanh nghiệp lắp đặt hạ tầng viễn thông trong tòa nhà',
     '2026-07-01', 20000000, 30000000, 'Nghị định 174/2026/NĐ-CP', 'Đ41.1.h', false, true),
    ('no_backup', 'damage', 'Không có phương án dự phòng cho hạ tầng viễn thông',
     '2026-07-01', 20000000, 30000000, 'Nghị định 174/2026/NĐ-CP', 'Đ43.1.b', false, true),
    ('building_obstructed', 'damage', 'Cản trở, gây rối việc xây dựng hạ tầng viễn thông',
     '2026-07-01', 50000000, 70000000, 'Nghị định 174/2026/NĐ-CP', 'Đ43.3.h', false, true),
    ('built_without_permission', 'building', 'Xây dựng hạ tầng viễn thông khi chưa được phép',
     '2026-07-01', 50000000, 70000000, 'Nghị định 174/2026/NĐ-CP', 'Đ43.3.i', false, true),
    ('radio_sabotage', 'damage', 'Phá hoại, cản trở hạ tầng vô tuyến điện',
     '2026-07-01', 70000000, 100000000, 'Nghị định 174/2026/NĐ-CP', 'Đ43.4.a', false, true)
ON CONFLICT DO NOTHING;
