-- A title named the unit of the exact place after the act. The trigger fills in the public commune.
UPDATE violation SET title = regexp_replace(title, ' – [^–]+$', ''), unit_id = unit_id;
