-- The first legal terms; reminders are working days before the end.
INSERT INTO legal_term (key, valid_from, length, unit, reminders, citation, needs_verification) VALUES
    -- The province has no text of its own yet: the term of the answer is that of Bắc Ninh.
    ('colocation.answer', '2000-01-01', 7, 'working_day', '{2,1,0}', 'QĐ 72/2025/QĐ-UBND Bắc Ninh, Đ7.4', true),
    ('colocation.reservation', '2000-01-01', 12, 'month', '{20,5,0}', 'Quy ước của hệ thống', true),
    ('colocation.dispute', '2000-01-01', 30, 'calendar_day', '{5,0}', 'Quy ước của hệ thống', true),
    ('routelist.review', '2000-01-01', 15, 'working_day', '{3,1,0}', 'Quy ước của hệ thống, chưa có văn bản', true),
    ('violation.limitation', '2000-01-01', 12, 'month', '{20,5,1}', 'Luật Xử lý vi phạm hành chính, Đ6', true),
    ('violation.limitation', '2026-07-01', 12, 'month', '{20,5,1}', 'Nghị định 174/2026/NĐ-CP, Đ4.5', false),
    ('violation.decide', '2000-01-01', 7, 'working_day', '{2,1,0}', 'Luật Xử lý vi phạm hành chính, Đ66', true),
    ('violation.decide_transferred', '2000-01-01', 10, 'working_day', '{2,1,0}', 'Luật Xử lý vi phạm hành chính, Đ66',
     true),
    ('colocation.survey', '2000-01-01', 15, 'calendar_day', '{2,1,0}', 'QĐ 72/2025/QĐ-UBND Bắc Ninh, Đ7.4', true),
    ('colocation.extension', '2000-01-01', 15, 'working_day', '{}', 'QĐ 72/2025/QĐ-UBND Bắc Ninh, Đ28.2', true),
    ('colocation.offer', '2000-01-01', 10, 'working_day', '{3,1,0}', 'Quy ước của hệ thống', true),
    ('colocation.upgrade', '2000-01-01', 5, 'working_day', '{2,0}', 'Quy ước của hệ thống', true),
    ('colocation.reservation_extension', '2000-01-01', 6, 'month', '{}', 'QĐ 72/2025/QĐ-UBND Bắc Ninh, Đ19.2', true),
    ('agreement.confirmation', '2000-01-01', 7, 'working_day', '{2,0}', 'Quy ước của hệ thống', true),
    ('agreement.removal', '2000-01-01', 30, 'calendar_day', '{10,5,0}', 'Quy ước của hệ thống', true),
    -- No text sets these: they are conventions of the register.
    ('occupation.answer', '2000-01-01', 15, 'working_day', '{5,2,0}', 'Quy ước của hệ thống, chưa có văn bản', true),
    ('occupation.claim', '2000-01-01', 15, 'working_day', '{5,0}', 'Quy ước của hệ thống, chưa có văn bản', true),
    ('occupation.regularise', '2000-01-01', 30, 'working_day', '{10,3,0}', 'Quy ước của hệ thống, chưa có văn bản',
     true),
    -- From the day by which it was to be removed: time for a check on site.
    ('occupation.removal', '2000-01-01', 3, 'working_day', '{3,0}', 'Quy ước của hệ thống, chưa có văn bản', true),
    ('occupation.referral', '2000-01-01', 5, 'working_day', '{2,0}', 'Quy ước của hệ thống, chưa có văn bản', true),
    ('colocation.settlement', '2000-01-01', 30, 'calendar_day', '{10,5,0}', 'Quy ước của hệ thống', true),
    ('occupation.settlement', '2000-01-01', 30, 'calendar_day', '{10,5,0}', 'Quy ước của hệ thống', true),
    -- Reminders about sixty, twenty and five days before the end of the contract, and then up to the end of the term.
    ('agreement.grace', '2000-01-01', 15, 'calendar_day', '{70,30,15,10,5,0}', 'Quy ước của hệ thống', true);
