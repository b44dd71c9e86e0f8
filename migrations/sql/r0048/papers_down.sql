ALTER TABLE violation_paper DISABLE TRIGGER append_only;
DELETE FROM violation_paper WHERE number IS NULL OR kind NOT IN ('minutes', 'notice', 'decision', 'remedy_check');
ALTER TABLE violation_paper ENABLE TRIGGER append_only;
ALTER TABLE violation_paper
    DROP CONSTRAINT ck_violation_paper_violation_paper_kind,
    ADD CONSTRAINT ck_violation_paper_violation_paper_kind
        CHECK (kind IN ('minutes', 'notice', 'decision', 'remedy_check')),
    DROP COLUMN text,
    DROP COLUMN key,
    DROP COLUMN edition,
    DROP COLUMN addressee_id,
    ALTER COLUMN number SET NOT NULL;
DELETE FROM legal_term t
 WHERE key IN ('violation.deliver', 'violation.execute', 'violation.complain', 'violation.complain_again',
               'violation.settle_complaint', 'violation.settle_second', 'violation.change_decision',
               'violation.defer', 'violation.instalments',
               'violation.clean_warning', 'violation.clean_fine')
   AND NOT EXISTS (SELECT FROM case_clock c WHERE c.term_id = t.id);
