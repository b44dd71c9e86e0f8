-- The chain of the notes: the worker seals them in batches, so that writing a note takes no lock.
CREATE TABLE audit_seal (
    number BIGINT NOT NULL,
    sealed_at TIMESTAMPTZ NOT NULL,
    -- The ids of the batch: a note that committed late belongs to a later batch than its neighbours.
    notes INT8MULTIRANGE NOT NULL,
    note_count BIGINT NOT NULL,
    -- The highest id that this seal and those before it hold.
    up_to BIGINT NOT NULL,
    notes_digest BYTEA NOT NULL,
    previous_digest BYTEA NOT NULL,
    digest BYTEA NOT NULL,
    CONSTRAINT pk_audit_seal PRIMARY KEY (number),
    CONSTRAINT uq_audit_seal_digest UNIQUE (digest)
);
CREATE INDEX ix_audit_seal_sealed_at ON audit_seal (sealed_at);

-- One row that never changes: which register a checkpoint or a backup is of.
CREATE TABLE register_identity (
    id UUID DEFAULT gen_random_uuid() NOT NULL,
    CONSTRAINT pk_register_identity PRIMARY KEY (id)
);
CREATE UNIQUE INDEX uq_register_identity_single ON register_identity ((true));
INSERT INTO register_identity DEFAULT VALUES;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_seal
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON register_identity
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

GRANT SELECT, INSERT ON audit_seal TO registry_worker;
GRANT SELECT ON register_identity TO registry_web, registry_worker;
