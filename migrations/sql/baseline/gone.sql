-- What refers to the history of structures.

-- Structures that are no longer in the register (cleared samples, reverted changes): for a time when they were known,
-- the last version decides who may see them.
CREATE TABLE structure_gone (
    id BIGINT NOT NULL,
    history_id BIGINT NOT NULL,
    gone_at TIMESTAMPTZ NOT NULL,
    CONSTRAINT pk_structure_gone PRIMARY KEY (id),
    CONSTRAINT fk_structure_gone_history_id FOREIGN KEY (history_id) REFERENCES structure_history (history_id)
);

-- By its name the trigger runs after history_delete, which closes the last version.
CREATE FUNCTION remember_gone() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
BEGIN
    INSERT INTO structure_gone (id, history_id, gone_at)
        SELECT o.id, h.history_id, h.recorded_to FROM old_rows o CROSS JOIN LATERAL
            (SELECT v.history_id, v.recorded_to FROM structure_history v WHERE v.id = o.id
             ORDER BY v.recorded_from DESC, v.history_id DESC LIMIT 1) h;
    RETURN NULL;
END
$$;

CREATE TRIGGER remember_gone AFTER DELETE ON structure REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION remember_gone();

-- A window of a past map: versions by position.
CREATE INDEX ix_structure_history_geom ON structure_history USING gist (geom);
