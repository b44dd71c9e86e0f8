INSERT INTO dated_setting (key, valid_from, value, source, needs_verification) VALUES
('tariffs.price_authority', '2000-01-01', '{"public": "Ủy ban nhân dân tỉnh (Sở Tài chính thẩm định phương án giá)", "business": "Chủ sở hữu công trình (doanh nghiệp đầu tư)"}', 'Luật Giá 2023; TT 07/2024/TT-BTTTT; chưa đối chiếu từng điều', true);
