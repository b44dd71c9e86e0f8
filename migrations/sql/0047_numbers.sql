-- Numbers of structures (ADR 0016): of each million every number comes once, in an order that only the key knows.
CREATE TABLE structure_number_key (
    id SMALLINT NOT NULL,
    key BYTEA NOT NULL,
    CONSTRAINT pk_structure_number_key PRIMARY KEY (id)
);
INSERT INTO structure_number_key (id, key)
SELECT 1, decode(replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 'hex');

-- How many were drawn, and its place in the order: a Feistel network over 20 bits (Luby and Rackoff, 1988), which maps
-- them one to one. Places beyond the million are mapped again until one lies within (cycle walking; Black and Rogaway, 2002).
CREATE FUNCTION draw_structure_number() RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    drawn bigint := nextval('structure_number_seq');
    million bigint := drawn / 1000000;
    place bigint := drawn % 1000000;
    secret bytea := (SELECT key FROM structure_number_key);
    high int;
    low int;
    kept int;
    mixed bytea;
BEGIN
    LOOP
        high := place >> 10;
        low := place & 1023;
        FOR round IN 1..6 LOOP
            mixed := sha256(secret || int8send(million) || int4send(round << 10 | low));
            kept := low;
            low := high # (get_byte(mixed, 0) << 8 | get_byte(mixed, 1)) & 1023;
            high := kept;
        END LOOP;
        place := high << 10 | low;
        EXIT WHEN place < 1000000;
    END LOOP;
    RETURN million * 1000000 + place + 1;
END
$$;
