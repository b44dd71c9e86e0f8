UPDATE dated_setting
   SET value = jsonb_set(value, '{rows}', (SELECT jsonb_agg(item ORDER BY place)
       FROM jsonb_array_elements(value -> 'rows') WITH ORDINALITY AS items (item, place)
       WHERE item ->> 'code' NOT IN ('mobile_subscribers', 'stations_4g', 'stations_5g')))
 WHERE key = 'campaign.form.yearly' AND withdrawn_at IS NULL;
