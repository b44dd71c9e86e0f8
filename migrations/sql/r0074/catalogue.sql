-- Targets of Plan 225/KH-UBND of 15/9/2023 stand in its text: they are quoted and confirmed. What is to be confirmed is
-- the formula of sharing, which no text gives. Only texts that are still those of the first rows are replaced.
UPDATE indicator_target target
   SET quote = given.quote, needs_verification = false
  FROM (VALUES
      ('kpi_mbb_per100', 70, 'Số thuê bao băng rộng di động/100 dân: 70%'),
      ('kpi_smartphone_sub', 80, 'Tỷ lệ thuê bao sử dụng điện thoại thông minh/tổng thuê bao điện thoại di động'),
      ('kpi_smartphone_adult', 80, 'Tỷ lệ dân số trưởng thành có điện thoại thông minh'),
      ('kpi_village_mobile', 100, 'Tỷ lệ thôn, bản được phủ sóng di động băng rộng'),
      ('kpi_bts_shared_position', 15, 'Tỷ lệ dùng chung vị trí trạm thu, phát sóng thông tin di động (trạm BTS)'),
      ('kpi_hh_fibre', 75, 'Tỷ lệ phần trăm hộ gia đình có truy nhập Internet băng rộng cáp quang'),
      ('kpi_village_ftth', 100, 'Tỷ lệ thôn, bản được phủ băng rộng cố định (cáp quang FTTH)'),
      ('kpi_cloud', 100, 'Tỷ lệ hệ thống thông tin dùng chung cấp tỉnh có sử dụng dịch vụ điện toán đám mây'),
      ('kpi_data_centre_cloud', 100, '100% dịch vụ Trung tâm dữ liệu (thuê chỗ đặt máy chủ, thuê máy chủ, thuê lưu trữ)'
          ' được chuyển sang dịch vụ điện toán đám mây'),
      ('kpi_platform_agencies', 100, 'Tỷ lệ cơ quan, tổ chức nhà nước sử dụng nền tảng số'),
      ('kpi_platform_enterprises', 50, 'Tỷ lệ doanh nghiệp sử dụng nền tảng số')
  ) AS given (code, value, quote)
  JOIN indicator ON indicator.code = given.code
 WHERE target.indicator_id = indicator.id AND target.plan LIKE 'Kế hoạch 225/KH-UBND ngày 15/9/2023%'
   AND target.year = 2025 AND target.value = given.value AND target.withdrawn_at IS NULL;

-- Item 3.3 counts the shared information systems of the province, not agencies.
UPDATE indicator
   SET name = 'Tỷ lệ hệ thống thông tin dùng chung cấp tỉnh dùng điện toán đám mây',
       name_en = 'Share of the province''s shared information systems using the cloud',
       definition = 'Số hệ thống thông tin dùng chung cấp tỉnh có sử dụng dịch vụ điện toán đám mây trên tổng số hệ thống'
           ' thông tin dùng chung cấp tỉnh.',
       numerator = 'Hệ thống có dùng điện toán đám mây', denominator = 'Hệ thống thông tin dùng chung cấp tỉnh',
       series_breaks = '15/09/2023: trước đây ghi nhầm là tỷ lệ cơ quan nhà nước dùng điện toán đám mây.',
       reason = 'Kế hoạch 225/KH-UBND, mục 3.3 tính theo hệ thống thông tin', version = version + 1
 WHERE code = 'kpi_cloud' AND name = 'Tỷ lệ cơ quan nhà nước dùng điện toán đám mây';
UPDATE indicator
   SET definition = 'Số cơ quan, tổ chức nhà nước dùng nền tảng số trên tổng số cơ quan, tổ chức nhà nước.',
       reason = 'Ghi đúng lời của Kế hoạch 225/KH-UBND, mục 3.5', version = version + 1
 WHERE code = 'kpi_platform_agencies'
   AND definition = 'Số cơ quan nhà nước dùng nền tảng số trên tổng số cơ quan nhà nước.';

-- Definitions that the plan gives in its own words.
UPDATE indicator
   SET needs_verification = false, reason = 'Định nghĩa theo lời của Kế hoạch 225/KH-UBND', version = version + 1
 WHERE needs_verification AND source LIKE 'Kế hoạch 225/KH-UBND ngày 15/9/2023%'
   AND code NOT IN ('kpi_bts_shared_position', 'kpi_bts_shared_station');

-- What operators report reaches the indicators by the items of their form and the denominators of a day.
UPDATE indicator
   SET numerator_item = given.numerator_item, denominator_item = given.denominator_item,
       denominator_basis = given.basis, version = version + 1
  FROM (VALUES
      ('kpi_mbb_per100', 'mobile_broadband', NULL, 'people'),
      ('kpi_smartphone_sub', 'smartphones', 'mobile_subscribers', NULL),
      ('kpi_hh_fibre', 'fibre_households', NULL, 'households'),
      ('kpi_5g_of_4g', 'stations_5g', 'stations_4g', NULL)
  ) AS given (code, numerator_item, denominator_item, basis)
 WHERE indicator.code = given.code;

UPDATE indicator SET version = version + 1,
    release_calendar = coalesce(release_calendar, CASE filled_by
        WHEN 'register' THEN 'Tính hằng ngày; số công bố là số của ngày 31/12 hằng năm.'
        WHEN 'operators' THEN 'Sau khi khóa báo cáo tổng hợp hằng năm (doanh nghiệp báo cáo trước ngày 30/10).'
        ELSE 'Hằng năm, khi Sở nhập số liệu kèm văn bản nguồn.' END),
    revision_policy = coalesce(revision_policy,
        'Số đã ghi không sửa; đính chính là một số mới kèm lý do, số trước vẫn xem được.'),
    series_breaks = coalesce(series_breaks,
        '01/07/2025: sắp xếp lại xã, phường; số theo xã, phường trước và sau ngày này không so sánh trực tiếp được.');

UPDATE dated_setting
   SET value = jsonb_set(value, '{rows}', (value -> 'rows') || '[
        {"code": "mobile_subscribers", "label": "Tổng thuê bao điện thoại di động", "unit": "thuê bao", "measure": null, "change_pct": 30, "indicator": "kpi_smartphone_sub", "kind": "whole", "at_most": null},
        {"code": "stations_4g", "label": "Trạm 4G", "unit": "trạm", "measure": null, "change_pct": 30, "indicator": "kpi_5g_of_4g", "kind": "whole", "at_most": null},
        {"code": "stations_5g", "label": "Trạm 5G", "unit": "trạm", "measure": null, "change_pct": null, "indicator": "kpi_5g_of_4g", "kind": "whole", "at_most": null}
   ]'::jsonb)
 WHERE key = 'campaign.form.yearly' AND withdrawn_at IS NULL AND NOT value::text LIKE '%mobile_subscribers%';
