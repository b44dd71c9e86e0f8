-- Each issued paper with its number, also typed ones, and the organisation that it was served to.
ALTER TABLE violation_paper
    ALTER COLUMN number DROP NOT NULL,
    ADD COLUMN text TEXT,
    ADD COLUMN key TEXT,
    ADD COLUMN edition SMALLINT,
    ADD COLUMN addressee_id BIGINT,
    DROP CONSTRAINT ck_violation_paper_violation_paper_kind,
    ADD CONSTRAINT ck_violation_paper_violation_paper_kind CHECK (kind IN ('minutes', 'notice', 'decision', 'remedy_check',
        'verification', 'remedies_decision', 'amendment', 'correction', 'annulment', 'prosecution'));
ALTER TABLE violation_paper DISABLE TRIGGER append_only;
UPDATE violation_paper p
   SET text = lpad(p.number::text, greatest(2, length(p.number::text)), '0') || '/' || CASE p.kind
           WHEN 'minutes' THEN 'BB-VPHC' WHEN 'notice' THEN 'TB-VPHC' WHEN 'decision' THEN 'QĐ-XPHC' ELSE 'BB-KTKP' END,
       addressee_id = CASE WHEN p.kind <> 'notice' THEN v.organisation_id END
  FROM violation v
 WHERE v.id = p.violation_id;
-- Numbers that were typed.
INSERT INTO violation_paper (violation_id, kind, organisation_id, year, text, given_on, given_at, given_by_id,
    addressee_id)
SELECT v.id, 'minutes', v.handler_organisation_id, extract(year FROM v.minutes_on), v.minutes_number, v.minutes_on,
       v.created_at, coalesce(v.created_by_id, (SELECT min(id) FROM user_account)), v.organisation_id
  FROM violation v
 WHERE v.minutes_number IS NOT NULL
   AND NOT EXISTS (SELECT FROM violation_paper p WHERE p.violation_id = v.id AND p.kind = 'minutes');
INSERT INTO violation_paper (violation_id, kind, organisation_id, year, text, given_on, given_at, given_by_id,
    addressee_id)
SELECT v.id, 'decision', u.organisation_id, extract(year FROM v.decision_on), v.decision_number, v.decision_on,
       v.created_at, u.id, v.organisation_id
  FROM violation v JOIN user_account u ON u.id = v.decided_by_id
 WHERE u.organisation_id IS NOT NULL
   AND NOT EXISTS (SELECT FROM violation_paper p WHERE p.violation_id = v.id AND p.kind = 'decision');
UPDATE violation_paper p
   SET edition = (
           SELECT max(i.edition) FROM issued_paper i
            WHERE i.subject_kind = 'violation' AND i.subject_id = p.violation_id AND i.paper = p.kind
              AND i.content ->> 'number' = p.text);
UPDATE violation_paper p
   SET key = ltrim(upper(regexp_replace(p.text, '\s', '', 'g')), '0')
 WHERE NOT EXISTS (
           SELECT FROM violation_paper o
            WHERE o.id <> p.id AND o.organisation_id = p.organisation_id AND o.kind = p.kind AND o.year = p.year
              AND ltrim(upper(regexp_replace(o.text, '\s', '', 'g')), '0')
                  = ltrim(upper(regexp_replace(p.text, '\s', '', 'g')), '0'));
ALTER TABLE violation_paper ENABLE TRIGGER append_only;
ALTER TABLE violation_paper
    ALTER COLUMN text SET NOT NULL,
    ADD CONSTRAINT uq_violation_paper_key UNIQUE (organisation_id, kind, year, key),
    ADD CONSTRAINT fk_violation_paper_addressee_id FOREIGN KEY (addressee_id) REFERENCES organisation (id),
    ADD CONSTRAINT ck_violation_paper_text CHECK (char_length(btrim(text)) > 0);
CREATE INDEX ix_violation_paper_addressee_id ON violation_paper (addressee_id);
