-- The first dated settings. What no text of the province says is marked as to be verified (last column).
INSERT INTO dated_setting (key, valid_from, value, source, needs_verification) VALUES
    ('position.coarse_grid_m', '2000-01-01', '1000', 'Quy ước của hệ thống, chưa có văn bản', true),
    ('province.code_prefix', '2000-01-01', '"THA"', 'Quy ước của hệ thống', false),
    ('province.acceptance_box', '2000-01-01', '{"east": 106.08, "west": 104.37, "north": 20.68, "south": 19.28}',
     'Tính từ phạm vi tỉnh Thanh Hóa; thay bằng ranh giới xã khi có', true),
    ('structure.same_place_m', '2000-01-01', '20', 'Quy ước của hệ thống', true),
    ('structure.stated_commune_tolerance_m', '2000-01-01', '{"official": 50, "approximate": 5000}',
     'Quy ước của hệ thống', true),
    ('tower.non_bulky', '2016-08-15', '{"max_height_m": 3, "max_share_pct": 20, "max_half_width_m": 0.5}',
     'TTLT 15/2016/TTLT-BTTTT-BXD', true),
    ('pole.clearance_m', '2019-01-01',
     '{"lane": 4.5, "road": 5.5, "roof": 1, "nothing": 0, "railway_line": 6.5, "railway_station": 7.5}',
     'QCVN 33:2019/BTTTT, bảng khoảng cách', true),
    -- The value is itself a day, so it is valid from long ago: works of an earlier start are judged by it, too.
    ('permit.exempt_from', '2000-01-01', '"2026-01-01"', 'Luật Xây dựng 135/2025/QH15 Điều 43 khoản 2, 3', true),
    -- The later plans (253/KH-UBND of 2024, 178/KH-UBND of 2025) have not been seen.
    ('kpi.bts_shared_position_pct', '2000-01-01', '15', 'Kế hoạch 225/KH-UBND ngày 15/9/2023, mục 3.1', true),
    -- Structures within this distance of a street are listed with it.
    ('routelist.corridor_m', '2000-01-01', '15', 'Quy ước của hệ thống, chưa có văn bản', true),
    -- Violations this near and this recent may be the same one.
    ('violation.same_place', '2000-01-01', '{"days": 30, "metres": 30}', 'Quy ước của hệ thống', false),
    -- Known from the press only.
    ('kpi.underground_cable_pct', '2000-01-01', '20', 'Kế hoạch 49/KH-UBND (2025), đến năm 2030', true),
    ('export.link_days', '2000-01-01', '7', 'Thiết lập của hệ thống; đơn vị chủ quản quyết định', true),
    ('export.public_decimals', '2000-01-01', '3', 'Hướng dẫn công bố của OFDS: 3 chữ số thập phân, khoảng 100 m',
     true),
    ('imports.undo_days', '2000-01-01', '7', 'Quy ước của hệ thống', true),
    ('imports.moved_m', '2000-01-01', '50', 'Quy ước của hệ thống', true),
    ('imports.duplicate_m', '2000-01-01', '2', 'Quy ước của hệ thống', true),
    ('upkeep.attestation_months', '2000-01-01', '12', 'Quy ước của hệ thống, chưa có văn bản', true),
    ('upkeep.attestation_day', '2000-01-01', '{"day": 1, "month": 10}', 'Quy ước của hệ thống, chưa có văn bản',
     true),
    ('upkeep.attestation_term_days', '2000-01-01', '30', 'Quy ước của hệ thống, chưa có văn bản', true),
    ('upkeep.reminder_days', '2000-01-01', '[14, 3, 0]', 'Quy ước của hệ thống, chưa có văn bản', true),
    -- A structure this near is along the route where it leads the same way within so many degrees.
    ('planned_route.corridor_m', '2000-01-01', '15', 'Quy ước của hệ thống, chưa có văn bản', true),
    ('planned_route.parallel_deg', '2000-01-01', '30', 'Quy ước của hệ thống, chưa có văn bản', true),
    -- From pole to pole; shorter gaps are none, and shorter stretches are not worth it.
    ('planned_route.span_m', '2000-01-01', '60', 'Quy ước của hệ thống, chưa có văn bản', true),
    ('planned_route.join_m', '2000-01-01', '10', 'Quy ước của hệ thống, chưa có văn bản', true),
    ('planned_route.least_stretch_m', '2000-01-01', '20', 'Quy ước của hệ thống, chưa có văn bản', true),
    -- Beyond these an answer would take too long.
    ('planned_route.most_line_m', '2000-01-01', '50000', 'Quy ước của hệ thống, chưa có văn bản', true),
    ('planned_route.most_distance_m', '2000-01-01', '20000', 'Quy ước của hệ thống, chưa có văn bản', true),
    ('planned_route.most_nodes', '2000-01-01', '10000', 'Quy ước của hệ thống, chưa có văn bản', true),
    -- How far from the straight line a path may lead: at least so many metres, or this share of its length.
    ('planned_route.detour', '2000-01-01', '{"share": 0.25, "least_m": 1000}',
     'Quy ước của hệ thống, chưa có văn bản', true),
    -- Đồng a metre: rent and cabling along structures, digging along a street and elsewhere.
    ('planned_route.price_vnd_m', '2000-01-01',
     '{"street": 1000000, "elsewhere": 1500000, "hung_cables": 30000, "laid_cables": 60000, "pulled_cables": 60000}',
     'Ước tính của hệ thống, chưa có bảng giá', true),
    ('capacity.scarce_percent', '2000-01-01', '25', 'Quy ước của hệ thống, chưa có văn bản', true),
    ('planned_sites.radius_m', '2000-01-01', '{"most": 5000, "usual": 500}', 'Quy ước của hệ thống, chưa có văn bản',
     true),
    -- A rule of another province: metres between masts of different operators and of the same. `units` holds figures of
    -- single communes, by code.
    ('planned_sites.mast_spacing', '2025-12-01',
     '{"other": {"same": 450, "different": 250}, "units": {}, "urban": {"same": 300, "different": 120}, "exempt_height_m": 3}',
     'Tham khảo Quyết định 72/2025/QĐ-UBND tỉnh Bắc Ninh, Đ.15 khoản 5; chưa tìm thấy quy định của Thanh Hóa', true),
    ('position.questions_a_day', '2000-01-01', '100', 'Quy ước của hệ thống, chưa có văn bản', true),
    ('occupations.removal_days', '2000-01-01', '90', 'Quy ước của hệ thống, chưa có văn bản', true),
    -- Times the median; texts, so that they stay exact.
    ('tariffs.outlier', '2000-01-01', '{"above": "2", "below": "0.5", "least": 5}',
     'Quy ước của hệ thống, chưa có văn bản', true),
    -- Working days after a change within which the owner publishes it.
    ('tariffs.publish_days', '2025-12-01', '5',
     'Tham khảo Quyết định 72/2025/QĐ-UBND tỉnh Bắc Ninh, Đ.7 khoản 1-3; chưa tìm thấy quy định của Thanh Hóa', true),
    -- No figure of the screening comes from a text of the province.
    ('screening.duct', '2000-01-01', '{"wall_mm": 5, "fill_pct": 40}',
     'Thông lệ luồn cáp lấy từ hướng dẫn ngành điện (NEC, chương 9, bảng 1: 40 % khi có trên hai cáp), không phải quy định viễn thông; bề dày thành ống theo ống PVC D110 thường dùng',
     true),
    ('screening.pole', '2000-01-01',
     '{"drag": 1.2, "wind_pa": 1250, "fits_pct": 70, "most_pct": 100, "gravity_mps2": 9.81, "top_offset_m": 0.25}',
     'Áp lực gió 125 daN/m² (vùng III, QCVN 02:2022/BXD), hệ số cản 1,2 của dây tròn, lực đầu cột đặt cách đỉnh 0,25 m (TCVN 5847:2016); mức 70 % là quy ước của hệ thống',
     true),
    ('pole.power_distance_m', '2000-01-01', '{"steps": [{"m": 1.25, "up_to_kv": 1}, {"m": 3, "up_to_kv": 35}]}',
     'QCVN 33:2019/BTTTT, cáp viễn thông treo chung cột điện lực (ghi theo trí nhớ, phải đối chiếu)', true),
    ('screening.tower', '2000-01-01', '{"area_pct": 100, "separation_m": 1}', 'Quy ước của hệ thống, chưa có văn bản',
     true),
    ('screening.tray', '2000-01-01', '{"load_pct": 100, "width_pct": 100}', 'Quy ước của hệ thống, chưa có văn bản',
     true),
    ('position.questions_notified_from', '2000-01-01', '20', 'Quy ước của hệ thống, chưa có văn bản', true),
    ('agreement.longest_years', '2000-01-01', '30', 'Quy ước của hệ thống, chưa có văn bản', true);
