-- Ends what is known at a moment: waits for the changes of what reports count that are being written, and every later
-- one is recorded after the moment. Writers wait until the transaction of the caller ends.
CREATE FUNCTION freeze_history(moment timestamptz) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    LOCK TABLE structure, capacity_place, capacity_entry, organisation, admin_unit IN SHARE MODE;
    UPDATE history_frozen SET known_at = greatest(known_at, moment);
END
$$;
REVOKE EXECUTE ON FUNCTION freeze_history(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION freeze_history(timestamptz) TO registry_web, registry_worker;
