-- The first schema. Times are UTC, counted from 1970: _ms in milliseconds, _us in microseconds.
-- health: 0 unknown, 1 healthy, 2 degraded, 3 unhealthy.

CREATE TABLE component (
	id INTEGER PRIMARY KEY,
	name TEXT UNIQUE -- one without a state was removed; it goes with its last result
);

-- Error texts, shared by the results that have them.
CREATE TABLE message (
	id INTEGER PRIMARY KEY,
	hash INTEGER NOT NULL,
	used_ms INTEGER NOT NULL, -- at most an hour older than the latest result that has it
	text TEXT NOT NULL
);
CREATE INDEX message_by_hash ON message (hash);
CREATE INDEX message_by_use ON message (used_ms);

CREATE TABLE result (
	component_id INTEGER NOT NULL,
	time_ms INTEGER NOT NULL,
	health INTEGER NOT NULL,
	response_us INTEGER, -- NULL: no response
	message_id INTEGER, -- NULL: no error
	PRIMARY KEY (component_id, time_ms)
) WITHOUT ROWID;

CREATE TABLE state (
	component_id INTEGER PRIMARY KEY,
	health INTEGER NOT NULL,
	since_us INTEGER NOT NULL,
	last_check_us INTEGER NOT NULL,
	response_us INTEGER,
	error TEXT
);

-- The system series. NULL: not known. CPU and memory keep whether they were whole numbers.
CREATE TABLE point (
	time_us INTEGER PRIMARY KEY,
	health_score,
	availability,
	response_time,
	breaker_health,
	cpu_usage,
	memory_usage
);

-- state: 1 firing, 2 resolved; severity: 0 info, 1 warning, 2 critical.
CREATE TABLE alert (
	id INTEGER PRIMARY KEY,
	state INTEGER NOT NULL,
	severity INTEGER NOT NULL,
	type TEXT NOT NULL,
	title TEXT NOT NULL,
	message TEXT NOT NULL,
	started_us INTEGER NOT NULL,
	fired_us INTEGER NOT NULL,
	resolved_us INTEGER NOT NULL
);
CREATE INDEX alert_by_end ON alert (resolved_us) WHERE state = 2;
