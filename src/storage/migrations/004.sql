-- The history as chunks. A series is one subject's rows (src/series/series.h has the numbers of the
-- kinds); its newest rows are in a head, whose copy here is completed by the log entries from `log`
-- on. Chunks: level 0 raw rows, 1 buckets of 5 minutes, 2 of an hour, 3 the last row of the days that
-- are buckets already. Their bytes are described in docs/internals/chunks.md.

CREATE TABLE series (
	id INTEGER PRIMARY KEY,
	kind INTEGER NOT NULL,
	name TEXT NOT NULL,
	UNIQUE (kind, name)
);

-- Error texts, shared by the rows that have them.
CREATE TABLE text (
	id INTEGER PRIMARY KEY,
	hash INTEGER NOT NULL,
	used_us INTEGER NOT NULL, -- at most an hour older than the latest row that has it
	text TEXT NOT NULL
);
CREATE INDEX text_by_hash ON text (hash);
CREATE INDEX text_by_use ON text (used_us);

-- One entry a commit: all rows of it.
CREATE TABLE log (
	id INTEGER PRIMARY KEY,
	data BLOB NOT NULL
);

CREATE TABLE head (
	series INTEGER PRIMARY KEY,
	log INTEGER NOT NULL, -- the first entry that is not in it
	data BLOB NOT NULL
);

CREATE TABLE chunk (
	id INTEGER PRIMARY KEY,
	level INTEGER NOT NULL,
	series INTEGER NOT NULL,
	from_us INTEGER NOT NULL,
	to_us INTEGER NOT NULL,
	row_count INTEGER NOT NULL,
	data BLOB NOT NULL
);
CREATE INDEX chunk_by_time ON chunk (level, series, from_us, to_us);

-- Single numbers.
CREATE TABLE figure (
	name TEXT PRIMARY KEY,
	value INTEGER NOT NULL
) WITHOUT ROWID;

ALTER TABLE state RENAME TO old_state;
CREATE TABLE state (
	component TEXT PRIMARY KEY,
	health INTEGER NOT NULL,
	since_us INTEGER NOT NULL,
	last_check_us INTEGER NOT NULL,
	response_us INTEGER,
	error TEXT
);
INSERT INTO state SELECT name, health, since_us, last_check_us, response_us, error
FROM old_state JOIN component ON component.id = component_id WHERE name IS NOT NULL;
DROP TABLE old_state;
