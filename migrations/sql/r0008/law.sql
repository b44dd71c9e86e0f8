-- Fields of law, remedies and further acts, as known in November 2026: amounts in đồng for organisations. What was read
-- from scanned texts, from secondary sources or not at all is marked to be verified.
UPDATE violation_kind SET sector = 'telecom', remedies = '{}';
UPDATE violation_kind SET sector = 'construction'
 WHERE code IN ('no_permit', 'permit_breach', 'hang_without_consent');
UPDATE violation_kind SET remedies = '{restore}' WHERE code IN ('damage_cable', 'destroy_works', 'radio_sabotage');
UPDATE violation_kind SET remedies = '{dismantle}' WHERE code IN ('no_permit', 'permit_breach');
UPDATE violation_competence SET sector = 'telecom', remedies = '{}';

-- Two ranges had stood in one row.
UPDATE violation_kind SET fine_min_vnd = 30000000, article = 'Đ43.2.c'
 WHERE code = 'unsafe_infra' AND valid_from = '2026-07-01' AND reason IS NULL;
UPDATE violation_kind SET fine_max_vnd = 100000000, article = 'Đ16.7 (công trình khác)'
 WHERE code = 'no_permit' AND valid_from = '2022-01-28' AND reason IS NULL;
UPDATE violation_kind SET article = 'Đ43.5.a, Đ43.7'
 WHERE code = 'destroy_works' AND valid_from = '2026-07-01' AND reason IS NULL;
UPDATE violation_kind SET article = 'Đ43.4.a, Đ43.7'
 WHERE code = 'radio_sabotage' AND valid_from = '2026-07-01' AND reason IS NULL;

INSERT INTO violation_kind
    (code, kind_group, act, sector, remedies, valid_from, valid_to, acts_until, fine_min_vnd, fine_max_vnd, decree,
     article, owner_first, needs_verification)
VALUES
    ('no_protection', 'damage', 'Không bảo vệ hạ tầng viễn thông chống đột nhập, phá hoại, cháy, nổ', 'telecom', '{}',
     '2026-07-01', NULL, NULL, 20000000, 30000000, 'Nghị định 174/2026/NĐ-CP', 'Đ43.1.a', false, true),
    ('no_permit_project', 'building',
     'Xây dựng không phép công trình phải lập báo cáo nghiên cứu khả thi hoặc báo cáo kinh tế - kỹ thuật'
     ' (khởi công trước 01/01/2026)', 'construction', '{dismantle}', '2022-01-28', NULL, '2025-12-31', 120000000,
     140000000, 'Nghị định 16/2022/NĐ-CP', 'Đ16.7', false, true),
    ('no_commencement_notice', 'building',
     'Không thông báo khởi công xây dựng (kể cả công trình được miễn giấy phép)', 'construction', '{}', '2022-01-28',
     NULL, NULL, 5000000, 10000000, 'Nghị định 16/2022/NĐ-CP', 'Đ15.1', false, true),
    ('shared_works_obstruction', 'damage',
     'Cản trở lắp đặt hoặc vi phạm quản lý, sử dụng, bảo trì công trình hạ tầng kỹ thuật sử dụng chung',
     'construction', '{}', '2022-01-28', NULL, NULL, 20000000, 40000000, 'Nghị định 16/2022/NĐ-CP', 'Đ57.1', false,
     true),
    ('shared_works_placing', 'cables', 'Bố trí đường dây, đường ống không đúng trong công trình sử dụng chung',
     'construction', '{}', '2022-01-28', NULL, NULL, NULL, NULL, 'Nghị định 16/2022/NĐ-CP', 'Đ57.2 (chưa đọc được mức)',
     false, true),
    ('price_minutes_ignored', 'sharing', 'Không thực hiện biên bản, kết quả hiệp thương giá', 'price', '{}',
     '2024-07-12', NULL, NULL, 60000000, 80000000, 'Nghị định 87/2024/NĐ-CP', 'Đ11', false, true)
ON CONFLICT (code, valid_from) WHERE withdrawn_at IS NULL
    DO UPDATE SET sector = excluded.sector, remedies = excluded.remedies;

-- Before 01/07/2026: acts that are recorded whatever their range, which was not read.
INSERT INTO violation_kind
    (code, kind_group, act, sector, remedies, valid_from, valid_to, decree, article, owner_first, needs_verification)
SELECT code, kind_group, act, 'telecom', '{}', '2020-04-15', '2026-06-30',
       'Nghị định 15/2020/NĐ-CP (sửa đổi bởi 14/2022/NĐ-CP, 211/2025/NĐ-CP)', 'chưa đọc được điều khoản và mức phạt',
       false, true
  FROM violation_kind
 WHERE valid_from = '2026-07-01'
   AND code IN ('damage_cable', 'destroy_works', 'obstruction', 'building_obstructed', 'bad_cabling')
 ORDER BY id
ON CONFLICT (code, valid_from) WHERE withdrawn_at IS NULL
    DO UPDATE SET sector = excluded.sector, remedies = excluded.remedies;

-- Nghị định 174/2026: the letters of the commune were read from a scan, one of them badly.
UPDATE violation_competence SET article = 'Đ106.1', needs_verification = true,
    remedies = '{restore,destroy_goods,recall_goods,return_profit,other}'
 WHERE authority = 'commune_chair' AND valid_from = '2026-07-01' AND reason IS NULL;
UPDATE violation_competence
   SET remedies = '{restore,destroy_goods,recall_goods,return_profit,remove_network,other}'
 WHERE authority IN ('province_chair', 'lead_director') AND valid_from = '2026-07-01';
UPDATE violation_competence SET article = 'Đ106.2'
 WHERE authority = 'province_chair' AND valid_from = '2026-07-01' AND reason IS NULL;
UPDATE violation_competence SET remedies = '{restore,destroy_goods,recall_goods,return_profit,other}'
 WHERE authority = 'district_chair' AND valid_to = '2025-06-30';

INSERT INTO violation_competence
    (authority, sector, remedies, valid_from, valid_to, fine_max_vnd, decree, article, needs_verification)
VALUES
    -- Half of the highest fine of the field.
    ('commune_chair', 'telecom', '{restore,destroy_goods,recall_goods,return_profit,other}', '2025-07-01',
     '2026-06-30', 100000000, 'Nghị định 189/2025/NĐ-CP', '', true),
    ('province_chair', 'telecom', '{restore,destroy_goods,recall_goods,return_profit,remove_network,other}',
     '2020-04-15', '2026-06-30', 200000000,
     'Nghị định 15/2020/NĐ-CP (sửa đổi bởi 14/2022/NĐ-CP, 211/2025/NĐ-CP)', '', true),
    ('district_chair', 'construction', '{restore,dismantle,other}', '2022-01-28', '2025-06-30', 100000000,
     'Nghị định 16/2022/NĐ-CP', '', true),
    -- Half of the highest fine for technical infrastructure; that for building itself is higher.
    ('commune_chair', 'construction', '{restore,dismantle,other}', '2025-07-01', NULL, 150000000,
     'Nghị định 189/2025/NĐ-CP', '', true),
    ('province_chair', 'construction', '{restore,dismantle,return_profit,other}', '2022-01-28', NULL, 300000000,
     'Nghị định 16/2022/NĐ-CP', '', true);

INSERT INTO legal_term (key, valid_from, length, unit, reminders, citation, needs_verification) VALUES
    ('violation.limitation_long', '2000-01-01', 24, 'month', '{20,5,1}',
     'Luật Xử lý vi phạm hành chính, Đ6.1.a (xây dựng, quản lý giá)', true)
ON CONFLICT DO NOTHING;
