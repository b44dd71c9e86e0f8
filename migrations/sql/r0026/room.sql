ALTER TABLE incident_draft ADD network TEXT;
CREATE INDEX ix_incident_draft_network ON incident_draft (network);

ALTER TABLE incident_report ADD photos_left_out BIGINT NOT NULL DEFAULT 0,
    ADD CONSTRAINT ck_incident_report_photos_left_out CHECK (photos_left_out >= 0);

-- Drafts of before have a row as well, by which their photos go.
INSERT INTO incident_draft (digest, opened_at)
SELECT draft_digest, min(received_at) FROM incident_photo WHERE report_id IS NULL GROUP BY draft_digest
ON CONFLICT DO NOTHING;
