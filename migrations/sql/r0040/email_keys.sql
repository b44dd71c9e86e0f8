-- Of several active accounts of one organisation with one address, the oldest has it; the others are a finding.
UPDATE user_account u
SET email_key = lower(normalize(btrim(u.email), NFKC))
FROM (
    SELECT DISTINCT ON (organisation_id, lower(normalize(btrim(email), NFKC))) id
    FROM user_account
    WHERE is_active AND email IS NOT NULL
    ORDER BY organisation_id, lower(normalize(btrim(email), NFKC)), id
) first
WHERE u.id = first.id;
