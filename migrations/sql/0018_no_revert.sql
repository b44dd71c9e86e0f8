DROP FUNCTION revert_change(bigint);
DROP FUNCTION obstacles_of_change(bigint);
DROP FUNCTION structures_of_change(bigint);
DROP FUNCTION restore_rows(bigint, text, text[], text);
DROP FUNCTION rows_of_change(bigint, text);
DROP TABLE revertible_table;
CREATE OR REPLACE FUNCTION refuse_real_deletion() RETURNS trigger LANGUAGE plpgsql
AS $$
BEGIN
    IF NOT OLD.is_sample THEN
        RAISE EXCEPTION 'structure % is never deleted', OLD.code USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN OLD;
END
$$;
