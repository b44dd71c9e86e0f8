-- The forms of the campaigns, the days of the yearly one (R29) and the reminders, all to be confirmed.

INSERT INTO dated_setting (key, valid_from, value, source, needs_verification) VALUES
('campaign.yearly_days', '2000-01-01', '{"due_month": 10, "due_day": 29, "open_days": 28, "late_days": 15}',
    'Kế hoạch của tỉnh: báo cáo hằng năm trước 30/10; ngày mở nhập và thời gian nhập muộn là quy ước của hệ thống', true),
('campaign.reminders', '2000-01-01', '{"first_days": 14, "second_days": 7, "last_days": 1, "late_every_days": 3}',
    'Quy ước của hệ thống, chưa có văn bản', true),
('campaign.form.yearly', '2000-01-01', '{"rows": [
        {"code": "towers", "label": "Cột ăng ten đang sử dụng", "unit": "cột", "measure": "count.antenna_tower", "change_pct": 20, "indicator": null},
        {"code": "towers_shared", "label": "Cột ăng ten có từ hai đơn vị sử dụng", "unit": "cột", "measure": "towers.shared", "change_pct": 20, "indicator": null},
        {"code": "stations", "label": "Trạm đặt trên cột ăng ten của doanh nghiệp", "unit": "trạm", "measure": "towers.stations", "change_pct": 20, "indicator": null},
        {"code": "cable_poles", "label": "Cột treo cáp đang sử dụng", "unit": "cột", "measure": "count.cable_pole", "change_pct": 20, "indicator": null},
        {"code": "pole_lines", "label": "Tuyến cột treo cáp đang sử dụng", "unit": "tuyến", "measure": "count.pole_line", "change_pct": 20, "indicator": null},
        {"code": "power_poles", "label": "Cột điện có treo cáp viễn thông", "unit": "cột", "measure": "count.power_pole_shared", "change_pct": 20, "indicator": null},
        {"code": "manholes", "label": "Bể, hố cáp đang sử dụng", "unit": "bể", "measure": "count.manhole", "change_pct": 20, "indicator": null},
        {"code": "ducts", "label": "Tuyến cống cáp đang sử dụng", "unit": "tuyến", "measure": "count.cable_duct", "change_pct": 20, "indicator": null},
        {"code": "trenches", "label": "Hào kỹ thuật đang sử dụng", "unit": "tuyến", "measure": "count.technical_trench", "change_pct": 20, "indicator": null},
        {"code": "tunnels", "label": "Tuy nen kỹ thuật đang sử dụng", "unit": "tuyến", "measure": "count.technical_tunnel", "change_pct": 20, "indicator": null},
        {"code": "site_houses", "label": "Nhà trạm đang sử dụng", "unit": "nhà", "measure": "count.site_house", "change_pct": 20, "indicator": null},
        {"code": "available", "label": "Công trình còn khả năng dùng chung", "unit": "công trình", "measure": "available", "change_pct": 20, "indicator": null},
        {"code": "not_assessed", "label": "Công trình chưa đánh giá khả năng dùng chung", "unit": "công trình", "measure": "not_assessed", "change_pct": null, "indicator": null},
        {"code": "rented", "label": "Vị trí đang thuê của đơn vị khác", "unit": "vị trí", "measure": null, "change_pct": 20, "indicator": null},
        {"code": "mobile_broadband", "label": "Thuê bao băng rộng di động", "unit": "thuê bao", "measure": null, "change_pct": 30, "indicator": "kpi_mbb_per100"},
        {"code": "smartphones", "label": "Thuê bao dùng điện thoại thông minh", "unit": "thuê bao", "measure": null, "change_pct": 30, "indicator": "kpi_smartphone_sub"},
        {"code": "fibre_households", "label": "Hộ gia đình dùng cáp quang", "unit": "hộ", "measure": null, "change_pct": 30, "indicator": "kpi_hh_fibre"},
        {"code": "investment", "label": "Vốn đầu tư hạ tầng thụ động trong kỳ", "unit": "triệu đồng", "measure": null, "change_pct": 50, "indicator": null}
    ]}',
    'Quy ước của hệ thống, chưa có mẫu báo cáo được ban hành', true),
('campaign.form.half_yearly', '2000-01-01', '{"rows": [
        {"code": "towers", "label": "Cột ăng ten đang sử dụng", "unit": "cột", "measure": "count.antenna_tower", "change_pct": 20, "indicator": null},
        {"code": "towers_shared", "label": "Cột ăng ten có từ hai đơn vị sử dụng", "unit": "cột", "measure": "towers.shared", "change_pct": 20, "indicator": null},
        {"code": "all", "label": "Tất cả công trình đang sử dụng", "unit": "công trình", "measure": "count.all", "change_pct": 20, "indicator": null},
        {"code": "available", "label": "Công trình còn khả năng dùng chung", "unit": "công trình", "measure": "available", "change_pct": 20, "indicator": null}
    ]}',
    'Quy ước của hệ thống, chưa có mẫu báo cáo được ban hành', true),
('campaign.form.ad_hoc', '2000-01-01', '{"rows": [
        {"code": "all", "label": "Tất cả công trình đang sử dụng", "unit": "công trình", "measure": "count.all", "change_pct": null, "indicator": null},
        {"code": "available", "label": "Công trình còn khả năng dùng chung", "unit": "công trình", "measure": "available", "change_pct": null, "indicator": null}
    ]}',
    'Quy ước của hệ thống, chưa có mẫu báo cáo được ban hành', true);

-- The two indicators of villages are computed from their list.
UPDATE indicator SET computation = 'villages_mobile', filled_by = 'register', version = version + 1,
    reason = 'Tính từ danh mục thôn, bản, khu phố' WHERE code = 'kpi_village_mobile';
UPDATE indicator SET computation = 'villages_ftth', filled_by = 'register', version = version + 1,
    reason = 'Tính từ danh mục thôn, bản, khu phố' WHERE code = 'kpi_village_ftth';
