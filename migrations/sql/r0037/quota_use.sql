CREATE TABLE quota_use (
    key TEXT NOT NULL,
    day_start TIMESTAMPTZ NOT NULL,
    used BIGINT NOT NULL,
    CONSTRAINT pk_quota_use PRIMARY KEY (key, day_start)
);

INSERT INTO quota_use (key, day_start, used)
SELECT coalesce('question:organisation:' || organisation_id, 'question:account:' || actor_id),
       date_trunc('day', now(), 'Asia/Ho_Chi_Minh'),
       count(*)
FROM audit_note
WHERE action = 'question'
  AND occurred_at >= date_trunc('day', now(), 'Asia/Ho_Chi_Minh')
  AND num_nonnulls(organisation_id, actor_id) > 0
GROUP BY 1;
