-- While structures are put in, each gets a street, a commune in its name and an address, so that words are as common
-- and as rare as in a province: 1,600 streets, the names of the communes, one number each. The trigger fires although
-- triggers are off; search_unworded.sql takes it away.
CREATE FUNCTION bench_words() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    first CONSTANT text[] := ARRAY['Trần','Lê','Nguyễn','Phạm','Đinh','Lý','Hoàng','Bà','Tô','Hàm','Đông','Tây','Bắc',
        'Nam','Phú','Quảng','Hợp','Tân','Minh','An','Thọ','Hải','Cẩm','Như','Quan','Thường','Bá','Ngọc','Lang','Mường',
        'Vạn','Xuân','Yên','Thiệu','Hoằng','Hậu','Nga','Tĩnh','Triệu','Đào'];
    second CONSTANT text[] := ARRAY['Phú','Lợi','Trãi','Đồng','Lễ','Thường','Hiệu','Trưng','Hiến','Rồng','Sơn','Thành',
        'Giang','Ngạn','Hòa','Xương','Lý','Trường','Khai','Hoạch','Xuân','Châu','Thủy','Thanh','Hóa','Xuyên','Thước',
        'Lặc','Chánh','Lát','Lộc','Hùng','Định','Vân','Quý','Đạo','Bình','Gia','Sơn Tây','Duy Từ'];
    number CONSTANT int := substr(NEW.own_code, 4)::int;
    street text := first[1 + number % 40] || ' ' || second[1 + number / 40 % 40];
    commune text := (SELECT name FROM admin_unit WHERE id = NEW.commune_id);
BEGIN
    NEW.road_name := 'Đường ' || street;
    NEW.name := NEW.name || ' ' || regexp_replace(commune, '^(Xã|Phường) ', '');
    NEW.address := 'Số ' || number % 300 || ' đường ' || street || ', ' || commune;
    RETURN NEW;
END
$$;
CREATE TRIGGER bench_words BEFORE INSERT ON structure FOR EACH ROW EXECUTE FUNCTION bench_words();
ALTER TABLE structure ENABLE ALWAYS TRIGGER bench_words;
