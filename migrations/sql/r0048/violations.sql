-- What older cases say of the new facts.
UPDATE violation SET decision_form = 'fine' WHERE decision_number IS NOT NULL;
UPDATE violation SET paid_vnd = fine_vnd WHERE paid_on IS NOT NULL;
-- Who decided holds the case.
UPDATE violation SET transferred_to = authority
 WHERE authority IN ('lead_director', 'province_chair') AND transferred_to IS DISTINCT FROM authority;
-- A settled complaint leads back to the decision, as it did before.
UPDATE violation SET complained_on = (state_since AT TIME ZONE 'Asia/Ho_Chi_Minh')::date, complaint_level = 1,
    state_before_complaint = 'decided'
 WHERE state = 'appealed';
-- Terms that the handling of decisions needs.
INSERT INTO legal_term (key, valid_from, length, unit, reminders, citation, needs_verification)
VALUES
    ('violation.deliver', '2000-01-01', 3, 'working_day', '{}', 'Luật Xử lý vi phạm hành chính, Đ70', false),
    ('violation.execute', '2000-01-01', 12, 'month', '{}', 'Luật Xử lý vi phạm hành chính, Đ74', false),
    ('violation.complain', '2000-01-01', 90, 'calendar_day', '{}', 'Luật Khiếu nại 2011, Đ9', false),
    ('violation.complain_again', '2000-01-01', 30, 'calendar_day', '{}', 'Luật Khiếu nại 2011, Đ33', true),
    ('violation.settle_complaint', '2000-01-01', 30, 'calendar_day', '{5,2,0}', 'Luật Khiếu nại 2011, Đ28', true),
    ('violation.settle_second', '2000-01-01', 45, 'calendar_day', '{5,2,0}', 'Luật Khiếu nại 2011, Đ37', true),
    ('violation.change_decision', '2000-01-01', 12, 'month', '{}',
     'Nghị định 118/2021/NĐ-CP (sửa đổi bởi 68/2025/NĐ-CP), Đ15', true),
    ('violation.defer', '2000-01-01', 3, 'month', '{}', 'Luật Xử lý vi phạm hành chính, Đ76', true),
    ('violation.instalments', '2000-01-01', 6, 'month', '{}', 'Luật Xử lý vi phạm hành chính, Đ79', false),
    ('violation.clean_warning', '2000-01-01', 6, 'month', '{}', 'Luật Xử lý vi phạm hành chính, Đ7', false),
    ('violation.clean_fine', '2000-01-01', 12, 'month', '{}', 'Luật Xử lý vi phạm hành chính, Đ7', false)
ON CONFLICT DO NOTHING;
