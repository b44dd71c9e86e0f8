-- The indicators of Plan 225/KH-UBND of 15/9/2023 (section I.3), Plan 49/KH-UBND of 2025 and QĐ 912/QĐ-BKHCN of
-- 18/5/2025. Definitions and both readings of the sharing ratio are to be confirmed: no text gives the formula.
INSERT INTO indicator (place, code, subject, name, name_en, definition, unit, numerator, denominator, computation,
                       direction, filled_by, source, limitations, needs_evidence, needs_verification, version)
VALUES
    (10, 'kpi_bts_shared_position', 'sharing', 'Tỷ lệ vị trí trạm BTS dùng chung',
     'Share of BTS positions that are shared',
     'Số vị trí cột ăng ten có từ hai đơn vị sử dụng trên tổng số vị trí cột ăng ten đang khai thác.',
     'percent', 'Vị trí có từ hai đơn vị sử dụng', 'Vị trí đang khai thác', 'shared_positions', 'up', 'register',
     'Kế hoạch 225/KH-UBND ngày 15/9/2023, mục 3.1',
     'Kế hoạch không nêu công thức; sổ đăng ký tính theo hai cách và ghi rõ cách dùng.', false, true, 1),
    (20, 'kpi_bts_shared_station', 'sharing', 'Tỷ lệ trạm BTS đặt chung vị trí',
     'Share of BTS stations at shared positions',
     'Số trạm BTS đặt tại vị trí có từ hai đơn vị sử dụng trên tổng số trạm BTS; một trạm là một đơn vị tại một vị trí.',
     'percent', 'Trạm tại vị trí dùng chung', 'Trạm đã khai', 'shared_stations', 'up', 'register',
     'Kế hoạch 225/KH-UBND ngày 15/9/2023, mục 3.1',
     'Kế hoạch không nêu công thức; sổ đăng ký tính theo hai cách và ghi rõ cách dùng.', false, true, 1),
    (30, 'kpi_underground_cable', 'sharing', 'Tỷ lệ ngầm hóa cáp viễn thông', 'Share of telecom cable underground',
     'Chiều dài cáp viễn thông đi ngầm trên tổng chiều dài cáp viễn thông đang sử dụng.',
     'percent', 'Mét cáp đi ngầm đang sử dụng', 'Mét cáp đang sử dụng', 'underground_cable', 'up', 'register',
     'Kế hoạch 49/KH-UBND (2025), đến năm 2030',
     'Kế hoạch không nêu công thức; chiều dài lấy theo đường vẽ trên bản đồ.', false, true, 1),
    (40, 'kpi_mbb_per100', 'mobile', 'Thuê bao băng rộng di động trên 100 dân',
     'Mobile broadband subscriptions per 100 people',
     'Số thuê bao băng rộng di động trên 100 dân; có thể lớn hơn 100.',
     'per_100_people', 'Thuê bao băng rộng di động', 'Dân số', NULL, 'up', 'operators',
     'Kế hoạch 225/KH-UBND ngày 15/9/2023, mục 3.1',
     'Kế hoạch ghi «70%» cho một tỷ lệ trên 100 dân.', true, true, 1),
    (50, 'kpi_smartphone_sub', 'mobile', 'Tỷ lệ thuê bao dùng điện thoại thông minh',
     'Share of subscriptions with a smartphone',
     'Số thuê bao điện thoại thông minh trên tổng số thuê bao điện thoại di động.',
     'percent', 'Thuê bao điện thoại thông minh', 'Thuê bao điện thoại di động', NULL, 'up', 'operators',
     'Kế hoạch 225/KH-UBND ngày 15/9/2023, mục 3.1', NULL, true, true, 1),
    (60, 'kpi_smartphone_adult', 'mobile', 'Tỷ lệ dân số trưởng thành có điện thoại thông minh',
     'Share of adults with a smartphone',
     'Số người trưởng thành có điện thoại thông minh trên dân số trưởng thành.',
     'percent', 'Người trưởng thành có điện thoại thông minh', 'Dân số trưởng thành', NULL, 'up', 'lead_department',
     'Kế hoạch 225/KH-UBND ngày 15/9/2023, mục 3.1', NULL, true, true, 1),
    (70, 'kpi_village_mobile', 'mobile', 'Tỷ lệ thôn, bản phủ sóng băng rộng di động',
     'Share of villages with mobile broadband coverage',
     'Số thôn, bản, khu phố được phủ sóng băng rộng di động trên tổng số thôn, bản, khu phố.',
     'percent', 'Thôn, bản được phủ sóng', 'Thôn, bản', NULL, 'up', 'communes',
     'Kế hoạch 225/KH-UBND ngày 15/9/2023, mục 3.1', NULL, true, true, 1),
    (80, 'kpi_5g_of_4g', 'mobile', 'Số trạm 5G so với số trạm 4G', '5G stations compared with 4G stations',
     'Số trạm 5G trên số trạm 4G.',
     'percent', 'Trạm 5G', 'Trạm 4G', NULL, 'up', 'operators', 'QĐ 912/QĐ-BKHCN ngày 18/5/2025', NULL, true, true, 1),
    (90, 'kpi_hh_fibre', 'fixed', 'Tỷ lệ hộ gia đình có cáp quang', 'Share of households with optical fibre',
     'Số hộ gia đình dùng cáp quang trên tổng số hộ gia đình.',
     'percent', 'Hộ gia đình có cáp quang', 'Hộ gia đình', NULL, 'up', 'operators',
     'Kế hoạch 225/KH-UBND ngày 15/9/2023, mục 3.2', NULL, true, true, 1),
    (100, 'kpi_village_ftth', 'fixed', 'Tỷ lệ thôn, bản có cáp quang đến hộ gia đình',
     'Share of villages with fibre to the home',
     'Số thôn, bản, khu phố có cáp quang đến hộ gia đình (FTTH) trên tổng số thôn, bản, khu phố.',
     'percent', 'Thôn, bản có FTTH', 'Thôn, bản', NULL, 'up', 'communes',
     'Kế hoạch 225/KH-UBND ngày 15/9/2023, mục 3.2', NULL, true, true, 1),
    (110, 'kpi_users_1gbps', 'fixed', 'Tỷ lệ người dùng có thể dùng băng rộng cố định từ 1 Gb/s',
     'Share of users able to reach 1 Gb/s on fixed broadband',
     'Số người dùng có thể dùng băng rộng cố định tốc độ từ 1 Gb/s trên tổng số người dùng.',
     'percent', 'Người dùng có thể dùng từ 1 Gb/s', 'Người dùng', NULL, 'up', 'operators',
     'QĐ 912/QĐ-BKHCN ngày 18/5/2025', NULL, true, true, 1),
    (120, 'kpi_cloud', 'cloud', 'Tỷ lệ cơ quan nhà nước dùng điện toán đám mây', 'Share of state agencies using the cloud',
     'Số cơ quan nhà nước dùng dịch vụ điện toán đám mây trên tổng số cơ quan nhà nước.',
     'percent', 'Cơ quan dùng điện toán đám mây', 'Cơ quan nhà nước', NULL, 'up', 'lead_department',
     'Kế hoạch 225/KH-UBND ngày 15/9/2023, mục 3.3', NULL, true, true, 1),
    (130, 'kpi_data_centre_cloud', 'cloud', 'Tỷ lệ dịch vụ của trung tâm dữ liệu đã chuyển sang điện toán đám mây',
     'Share of data centre services moved to the cloud',
     'Số dịch vụ của trung tâm dữ liệu đã chuyển sang điện toán đám mây trên tổng số dịch vụ.',
     'percent', 'Dịch vụ đã chuyển', 'Dịch vụ của trung tâm dữ liệu', NULL, 'up', 'lead_department',
     'Kế hoạch 225/KH-UBND ngày 15/9/2023, mục 3.4', NULL, true, true, 1),
    (140, 'kpi_platform_agencies', 'platform', 'Tỷ lệ cơ quan nhà nước dùng nền tảng số',
     'Share of state agencies using digital platforms',
     'Số cơ quan nhà nước dùng nền tảng số trên tổng số cơ quan nhà nước.',
     'percent', 'Cơ quan dùng nền tảng số', 'Cơ quan nhà nước', NULL, 'up', 'lead_department',
     'Kế hoạch 225/KH-UBND ngày 15/9/2023, mục 3.5', NULL, true, true, 1),
    (150, 'kpi_platform_enterprises', 'platform', 'Tỷ lệ doanh nghiệp dùng nền tảng số',
     'Share of enterprises using digital platforms',
     'Số doanh nghiệp dùng nền tảng số trên tổng số doanh nghiệp.',
     'percent', 'Doanh nghiệp dùng nền tảng số', 'Doanh nghiệp', NULL, 'up', 'lead_department',
     'Kế hoạch 225/KH-UBND ngày 15/9/2023, mục 3.5', NULL, true, true, 1);

INSERT INTO indicator_target (indicator_id, plan, plan_issued_on, year, value, needs_verification)
SELECT indicator.id, given.plan, given.issued_on, given.year, given.value, true
  FROM (VALUES
      ('kpi_bts_shared_position', 'Kế hoạch 225/KH-UBND ngày 15/9/2023, mục 3.1', DATE '2023-09-15', 2025, 15),
      ('kpi_mbb_per100', 'Kế hoạch 225/KH-UBND ngày 15/9/2023, mục 3.1', '2023-09-15', 2025, 70),
      ('kpi_smartphone_sub', 'Kế hoạch 225/KH-UBND ngày 15/9/2023, mục 3.1', '2023-09-15', 2025, 80),
      ('kpi_smartphone_adult', 'Kế hoạch 225/KH-UBND ngày 15/9/2023, mục 3.1', '2023-09-15', 2025, 80),
      ('kpi_village_mobile', 'Kế hoạch 225/KH-UBND ngày 15/9/2023, mục 3.1', '2023-09-15', 2025, 100),
      ('kpi_hh_fibre', 'Kế hoạch 225/KH-UBND ngày 15/9/2023, mục 3.2', '2023-09-15', 2025, 75),
      ('kpi_village_ftth', 'Kế hoạch 225/KH-UBND ngày 15/9/2023, mục 3.2', '2023-09-15', 2025, 100),
      ('kpi_cloud', 'Kế hoạch 225/KH-UBND ngày 15/9/2023, mục 3.3', '2023-09-15', 2025, 100),
      ('kpi_data_centre_cloud', 'Kế hoạch 225/KH-UBND ngày 15/9/2023, mục 3.4', '2023-09-15', 2025, 100),
      ('kpi_platform_agencies', 'Kế hoạch 225/KH-UBND ngày 15/9/2023, mục 3.5', '2023-09-15', 2025, 100),
      ('kpi_platform_enterprises', 'Kế hoạch 225/KH-UBND ngày 15/9/2023, mục 3.5', '2023-09-15', 2025, 50),
      ('kpi_underground_cable', 'Kế hoạch 49/KH-UBND (2025)', '2025-03-24', 2030, 20),
      ('kpi_5g_of_4g', 'QĐ 912/QĐ-BKHCN ngày 18/5/2025', '2025-05-18', 2025, 50),
      ('kpi_users_1gbps', 'QĐ 912/QĐ-BKHCN ngày 18/5/2025', '2025-05-18', 2025, 25),
      -- The figures of the plan for 2025 to 2030 are not known yet.
      ('kpi_bts_shared_position', 'Kế hoạch 178/KH-UBND ngày 25/8/2025', '2025-08-25', 2030, NULL),
      ('kpi_village_mobile', 'Kế hoạch 178/KH-UBND ngày 25/8/2025', '2025-08-25', 2030, NULL),
      ('kpi_hh_fibre', 'Kế hoạch 178/KH-UBND ngày 25/8/2025', '2025-08-25', 2030, NULL)
  ) AS given (code, plan, issued_on, year, value)
  JOIN indicator ON indicator.code = given.code;

-- A target that an office had entered as a setting goes on as a target of the year in which it began to hold; of several
-- of one source and year the last.
INSERT INTO indicator_target (indicator_id, plan, plan_issued_on, year, value, needs_verification, reason)
SELECT DISTINCT ON (indicator.id, setting.source, extract(year FROM setting.valid_from))
       indicator.id, setting.source, setting.valid_from, extract(year FROM setting.valid_from),
       (setting.value #>> '{}')::numeric, setting.needs_verification, setting.reason
  FROM dated_setting setting
  JOIN (VALUES ('kpi.bts_shared_position_pct', 'kpi_bts_shared_position'),
               ('kpi.underground_cable_pct', 'kpi_underground_cable')) AS moved (key, code) ON moved.key = setting.key
  JOIN indicator ON indicator.code = moved.code
 WHERE setting.withdrawn_at IS NULL AND setting.valid_from > DATE '2000-01-01'
 ORDER BY indicator.id, setting.source, extract(year FROM setting.valid_from), setting.valid_from DESC
    ON CONFLICT (indicator_id, plan, year) WHERE withdrawn_at IS NULL DO NOTHING;
UPDATE dated_setting SET withdrawn_at = now(), withdrawn_reason = 'Chuyển sang danh mục chỉ tiêu'
 WHERE key IN ('kpi.bts_shared_position_pct', 'kpi.underground_cable_pct') AND withdrawn_at IS NULL;
