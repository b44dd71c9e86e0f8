DELETE FROM dated_setting WHERE key = 'violation.fine_account';
DELETE FROM case_clock WHERE workflow = 'violation' AND name = 'complaint';
UPDATE violation SET due_at = NULL WHERE state IN ('appealed', 'complaint_overdue');
DELETE FROM legal_term WHERE key IN (
    'violation.explain_oral', 'violation.deem_returned', 'violation.deem_electronic', 'violation.deem_posted');
