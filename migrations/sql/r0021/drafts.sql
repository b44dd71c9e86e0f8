CREATE TABLE incident_draft (
    digest TEXT NOT NULL,
    opened_at TIMESTAMPTZ NOT NULL,
    left_out BIGINT NOT NULL DEFAULT 0,
    CONSTRAINT pk_incident_draft PRIMARY KEY (digest),
    CONSTRAINT ck_incident_draft_digest_form CHECK (digest ~ '^[0-9a-f]{64}$'),
    CONSTRAINT ck_incident_draft_left_out CHECK (left_out >= 0)
);
CREATE INDEX ix_incident_draft_opened_at ON incident_draft (opened_at);

-- A photo that one draft was sent twice at one instant.
DELETE FROM incident_photo AS later USING incident_photo AS first
 WHERE later.draft_digest = first.draft_digest AND later.sha256 = first.sha256 AND later.id > first.id;
DROP INDEX ix_incident_photo_draft_digest;
ALTER TABLE incident_photo ADD CONSTRAINT uq_incident_photo_draft_digest_sha256 UNIQUE (draft_digest, sha256);
