-- Weights and limits of the risk, and the checklists, all to be confirmed.

INSERT INTO dated_setting (key, valid_from, value, source, needs_verification) VALUES
('inspection.risk_weights', '2000-01-01', '{"overdue": 30, "old": 15, "overloaded": 20, "unconfirmed": 20, "poor_owner": 15}',
    'Quy ước của hệ thống, chưa có văn bản', true),
('inspection.risk_limits', '2000-01-01', '{"inspected_months": 24, "old_years": 15, "full_pct": 90, "owner_months": 24}',
    'Quy ước của hệ thống, chưa có văn bản', true),
('inspection.checklist.order', '2026-07-01', '{"rows": [
        {"code": "exempt_conditions", "text": "Đủ điều kiện miễn giấy phép xây dựng", "basis": "NĐ 217/2026/NĐ-CP Đ67.2", "act": null, "owner": true},
        {"code": "plan_conformity", "text": "Phù hợp với quy hoạch được dùng làm căn cứ", "basis": "NĐ 217/2026/NĐ-CP Đ67.2", "act": "off_plan_build", "owner": true},
        {"code": "design_parameters", "text": "Thông số thiết kế chủ yếu (loại, chiều cao, kết cấu, vị trí) đúng hồ sơ", "basis": "NĐ 217/2026/NĐ-CP Đ67.2", "act": null, "owner": true},
        {"code": "start_conditions", "text": "Đủ điều kiện khởi công, đã gửi thông báo khởi công", "basis": "NĐ 217/2026/NĐ-CP Đ67.2, Luật Xây dựng 2025 Đ43.3", "act": "no_commencement_notice", "owner": true},
        {"code": "telecom_notice", "text": "Đã thông báo Sở Khoa học và Công nghệ trước khi xây dựng", "basis": "Luật Viễn thông Đ65.9", "act": "not_notified", "owner": true}
    ]}',
    'NĐ 217/2026/NĐ-CP Đ67.2 (ngày hiệu lực và điểm, khoản chưa đối chiếu)', true),
('inspection.checklist.common', '2000-01-01', '{"rows": [
        {"code": "identity", "text": "Đúng công trình, đúng vị trí và chủ sở hữu trong hệ thống", "basis": "Danh mục của Sở", "act": null, "owner": true},
        {"code": "mark", "text": "Có biển nhận biết, tên đơn vị quản lý", "basis": "QCVN 33:2019", "act": null, "owner": true},
        {"code": "maintained", "text": "Được bảo trì, không hư hỏng, không nghiêng, lún, gỉ nặng", "basis": "NĐ 174/2026 Đ41.1.e", "act": "no_maintenance", "owner": true},
        {"code": "protected", "text": "Có biện pháp chống đột nhập, cháy, nổ và bảo đảm an toàn", "basis": "NĐ 174/2026 Đ43.1-2", "act": "unsafe_infra", "owner": true}
    ]}',
    'Quy ước của hệ thống, chưa có văn bản', true),
('inspection.checklist.antenna_tower', '2000-01-01', '{"rows": [
        {"code": "structure", "text": "Thân cột, dây co, móng và bu lông nguyên vẹn", "basis": "NĐ 174/2026 Đ41.1.e", "act": "no_maintenance", "owner": true},
        {"code": "lightning", "text": "Hệ thống chống sét, tiếp đất còn hạn kiểm định", "basis": "QCVN 32, QCVN 9:2016/BTTTT", "act": "unsafe_infra", "owner": true},
        {"code": "load", "text": "Số ăng ten và thiết bị lắp đặt không vượt thiết kế", "basis": "Danh mục của Sở", "act": null, "owner": true},
        {"code": "emf", "text": "Có giấy chứng nhận kiểm định phơi nhiễm trường điện từ còn hiệu lực", "basis": "QCVN 08", "act": null, "owner": true}
    ]}',
    'Quy ước của hệ thống, chưa có văn bản', true),
('inspection.checklist.cable_pole', '2000-01-01', '{"rows": [
        {"code": "upright", "text": "Cột không nghiêng, nứt, móng cột ổn định", "basis": "NĐ 174/2026 Đ41.1.e", "act": "no_maintenance", "owner": true},
        {"code": "clearance", "text": "Chiều cao cáp thấp nhất qua đường đúng quy định", "basis": "QCVN 33:2019", "act": "bad_cabling", "owner": false},
        {"code": "cable_marks", "text": "Cáp có thẻ tên chủ sở hữu, bó gọn, không quấn quanh cột", "basis": "QCVN 33:2019", "act": "bad_cabling", "owner": false},
        {"code": "dead_cables", "text": "Không còn cáp, thiết bị bỏ không dùng", "basis": "QCVN 33:2019", "act": "dead_cable_left", "owner": false}
    ]}',
    'Quy ước của hệ thống, chưa có văn bản', true),
('inspection.checklist.pole_line', '2000-01-01', '{"rows": [
        {"code": "upright", "text": "Cột không nghiêng, nứt, móng cột ổn định", "basis": "NĐ 174/2026 Đ41.1.e", "act": "no_maintenance", "owner": true},
        {"code": "clearance", "text": "Chiều cao cáp thấp nhất qua đường đúng quy định", "basis": "QCVN 33:2019", "act": "bad_cabling", "owner": false},
        {"code": "cable_marks", "text": "Cáp có thẻ tên chủ sở hữu, bó gọn, không quấn quanh cột", "basis": "QCVN 33:2019", "act": "bad_cabling", "owner": false},
        {"code": "dead_cables", "text": "Không còn cáp, thiết bị bỏ không dùng", "basis": "QCVN 33:2019", "act": "dead_cable_left", "owner": false}
    ]}',
    'Quy ước của hệ thống, chưa có văn bản', true),
('inspection.checklist.power_pole_shared', '2000-01-01', '{"rows": [
        {"code": "clearance", "text": "Chiều cao cáp thấp nhất qua đường đúng quy định", "basis": "QCVN 33:2019", "act": "bad_cabling", "owner": false},
        {"code": "cable_marks", "text": "Cáp có thẻ tên chủ sở hữu, bó gọn, không quấn quanh cột", "basis": "QCVN 33:2019", "act": "bad_cabling", "owner": false},
        {"code": "dead_cables", "text": "Không còn cáp, thiết bị bỏ không dùng", "basis": "QCVN 33:2019", "act": "dead_cable_left", "owner": false},
        {"code": "power_distance", "text": "Khoảng cách từ cáp viễn thông đến dây điện đúng quy định", "basis": "QCVN 33:2019", "act": "bad_cabling", "owner": false}
    ]}',
    'Quy ước của hệ thống, chưa có văn bản', true),
('inspection.checklist.manhole', '2000-01-01', '{"rows": [
        {"code": "lid", "text": "Nắp bể kín, bằng mặt đường, có tên đơn vị quản lý", "basis": "QCVN 33:2019", "act": "unsafe_infra", "owner": true},
        {"code": "water", "text": "Bể không đọng nước, rác, thành bể không nứt", "basis": "NĐ 174/2026 Đ41.1.e", "act": "no_maintenance", "owner": true}
    ]}',
    'Quy ước của hệ thống, chưa có văn bản', true),
('inspection.checklist.cable_duct', '2000-01-01', '{"rows": [
        {"code": "bores", "text": "Số ống và số ống đang dùng đúng như trong hệ thống", "basis": "Danh mục của Sở", "act": null, "owner": true},
        {"code": "cable_marks", "text": "Cáp trong ống, máng có thẻ tên chủ sở hữu", "basis": "QCVN 33:2019", "act": "bad_cabling", "owner": false}
    ]}',
    'Quy ước của hệ thống, chưa có văn bản', true),
('inspection.checklist.cable_route', '2000-01-01', '{"rows": [
        {"code": "cable_marks", "text": "Cáp có thẻ tên chủ sở hữu, bó gọn, không võng", "basis": "QCVN 33:2019", "act": "bad_cabling", "owner": true},
        {"code": "clearance", "text": "Chiều cao cáp thấp nhất qua đường đúng quy định", "basis": "QCVN 33:2019", "act": "bad_cabling", "owner": true},
        {"code": "dead_cables", "text": "Không còn cáp bỏ không dùng", "basis": "QCVN 33:2019", "act": "dead_cable_left", "owner": true}
    ]}',
    'Quy ước của hệ thống, chưa có văn bản', true),
('inspection.checklist.site_house', '2000-01-01', '{"rows": [
        {"code": "fire", "text": "Phương tiện phòng cháy, chữa cháy đủ và còn hạn", "basis": "NĐ 174/2026 Đ43.1-2", "act": "unsafe_infra", "owner": true},
        {"code": "access", "text": "Cửa khóa, có biện pháp chống đột nhập", "basis": "NĐ 174/2026 Đ43.1-2", "act": "unsafe_infra", "owner": true},
        {"code": "backup", "text": "Nguồn dự phòng hoạt động", "basis": "NĐ 174/2026 Đ43.1.b", "act": null, "owner": true}
    ]}',
    'Quy ước của hệ thống, chưa có văn bản', true),
('inspection.checklist.technical_trench', '2000-01-01', '{"rows": [
        {"code": "bores", "text": "Số ống và số ống đang dùng đúng như trong hệ thống", "basis": "Danh mục của Sở", "act": null, "owner": true},
        {"code": "cable_marks", "text": "Cáp trong ống, máng có thẻ tên chủ sở hữu", "basis": "QCVN 33:2019", "act": "bad_cabling", "owner": false},
        {"code": "safety", "text": "Thoát nước, thông gió, chiếu sáng và phòng cháy hoạt động", "basis": "NĐ 174/2026 Đ43.1-2", "act": "unsafe_infra", "owner": true}
    ]}',
    'Quy ước của hệ thống, chưa có văn bản', true),
('inspection.checklist.technical_tunnel', '2000-01-01', '{"rows": [
        {"code": "bores", "text": "Số ống và số ống đang dùng đúng như trong hệ thống", "basis": "Danh mục của Sở", "act": null, "owner": true},
        {"code": "cable_marks", "text": "Cáp trong ống, máng có thẻ tên chủ sở hữu", "basis": "QCVN 33:2019", "act": "bad_cabling", "owner": false},
        {"code": "safety", "text": "Thoát nước, thông gió, chiếu sáng và phòng cháy hoạt động", "basis": "NĐ 174/2026 Đ43.1-2", "act": "unsafe_infra", "owner": true}
    ]}',
    'Quy ước của hệ thống, chưa có văn bản', true);
