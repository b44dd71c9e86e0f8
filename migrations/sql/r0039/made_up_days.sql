-- The names of the seed say which day off a worked weekend makes up for.
UPDATE calendar_day
SET makes_up_for = to_date(substring(name FROM 'Làm bù cho ngày (\d\d/\d\d/\d{4})'), 'DD/MM/YYYY')
WHERE kind = 'worked_weekend' AND name ~ 'Làm bù cho ngày \d\d/\d\d/\d{4}';
