-- A title named the commune of the exact place. The trigger fills in the public commune.
UPDATE incident SET title = regexp_replace(title, ' – [^–]+$', ''), unit_id = unit_id;

UPDATE dated_setting SET value = (value - 'metres') || '{"of_network_a_day": 300, "a_day": 20000}'
 WHERE key = 'incident.near';
