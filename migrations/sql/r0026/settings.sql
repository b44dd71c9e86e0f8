UPDATE dated_setting SET value = value || '{"network_mb_an_hour": 500}'
 WHERE key = 'incident.quota' AND NOT value ? 'network_mb_an_hour';
