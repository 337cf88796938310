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
