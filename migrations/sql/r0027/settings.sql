UPDATE dated_setting SET value = value - 'most_a_minute' || '{"of_cell_an_hour": 5}'
 WHERE key = 'incident.quota' AND NOT value ? 'of_cell_an_hour';
