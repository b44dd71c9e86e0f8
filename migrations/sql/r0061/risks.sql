UPDATE dated_setting SET value = value || '{"findings": 15, "reinspect": 40}' WHERE key = 'inspection.risk_weights';
