-- Records: what their owners write as JSON, one row each. kind: 0 alert, 1 silence, 2 message of the
-- outbox. What has not ended (0) is in force and stays.
CREATE TABLE record (
	kind INTEGER NOT NULL,
	id INTEGER NOT NULL,
	ended_us INTEGER NOT NULL,
	text TEXT NOT NULL,
	PRIMARY KEY (kind, id)
);
CREATE INDEX record_by_end ON record (kind, ended_us) WHERE ended_us != 0;

-- Alerts had a type and a title; now they have a rule and a subject. What fires goes on firing.
INSERT INTO record
SELECT 0, id, CASE state WHEN 2 THEN max(resolved_us, 1) ELSE 0 END,
	json_object(
		'id', id,
		'rule', CASE
			WHEN title = 'System Unhealthy' THEN 'system_unhealthy'
			WHEN title = 'System Degraded' THEN 'system_degraded'
			WHEN title = 'High CPU Usage' THEN 'cpu_usage'
			WHEN title = 'High Memory Usage' THEN 'memory_usage'
			WHEN title = 'High Disk Usage' THEN 'disk_usage'
			WHEN title = 'Slow Response Times' THEN 'response_time'
			WHEN title LIKE 'Circuit Breaker Open: %' THEN 'breaker_open'
			WHEN title LIKE 'Circuit Breaker Testing: %' THEN 'breaker_half_open'
			WHEN title LIKE 'High Failure Rate: %' THEN 'failure_rate'
			WHEN title = 'History Damaged' THEN 'storage_damaged'
			WHEN title = 'History Not Kept' THEN 'storage_not_kept'
			ELSE type END,
		'type', type,
		'kind', CASE
			WHEN type IN ('circuit_breaker', 'failure_rate') THEN 'breaker'
			WHEN type = 'resource_usage' THEN 'resource'
			ELSE 'system' END,
		'subject', CASE
			WHEN type IN ('circuit_breaker', 'failure_rate') THEN substr(title, instr(title, ': ') + 2)
			ELSE '' END,
		'state', CASE state WHEN 2 THEN 'resolved' ELSE 'firing' END,
		'reason', 'condition',
		'severity', CASE severity WHEN 0 THEN 'info' WHEN 1 THEN 'warning' ELSE 'critical' END,
		'title', title,
		'message', message,
		'started', max(started_us, 0),
		'fired', max(fired_us, 0),
		'resolved', CASE state WHEN 2 THEN max(resolved_us, 1) ELSE 0 END)
FROM alert WHERE state IN (1, 2) AND id > 0 AND type != '';
DROP TABLE alert;
