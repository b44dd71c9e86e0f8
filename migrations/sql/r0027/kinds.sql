ALTER TABLE incident_report DROP CONSTRAINT ck_incident_report_report_kind,
    ADD CONSTRAINT ck_incident_report_report_kind CHECK (kind IN ('first', 'me_too', 'reopen', 'same', 'counted'));
