-- The store of several daemons: every row belongs to one of them. The tables are those of
-- ../004.sql and before; types are what the statements bind. Chunks, heads and log entries are packed
-- already: EXTERNAL keeps the server from trying again. Heads are rewritten all the time: half of
-- each page stays free, so that new versions find room beside the old ones.

CREATE TABLE store (
	version INTEGER NOT NULL -- of these tables, as the names of these files count
);

-- Whose rows there are. `holder` and `backend` say which process writes, under the advisory lock
-- (1114404724, id).
CREATE TABLE instance (
	id INTEGER GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	name TEXT COLLATE "C" NOT NULL UNIQUE,
	holder TEXT NOT NULL DEFAULT '',
	backend INTEGER NOT NULL DEFAULT 0,
	since TIMESTAMPTZ NOT NULL DEFAULT now()
);

CREATE TABLE series (
	instance INTEGER NOT NULL,
	id BIGINT NOT NULL,
	kind INTEGER NOT NULL,
	name TEXT COLLATE "C" NOT NULL,
	PRIMARY KEY (instance, id),
	UNIQUE (instance, kind, name)
);

CREATE TABLE text (
	instance INTEGER NOT NULL,
	id BIGINT NOT NULL,
	hash BIGINT NOT NULL,
	used_us BIGINT NOT NULL,
	text TEXT COLLATE "C" NOT NULL,
	PRIMARY KEY (instance, id)
);
CREATE INDEX text_by_hash ON text (instance, hash);
CREATE INDEX text_by_use ON text (instance, used_us);

CREATE TABLE log (
	instance INTEGER NOT NULL,
	id BIGINT NOT NULL,
	data BYTEA NOT NULL,
	PRIMARY KEY (instance, id)
) WITH (autovacuum_vacuum_scale_factor = 0.1, autovacuum_vacuum_threshold = 200);
ALTER TABLE log ALTER COLUMN data SET STORAGE EXTERNAL;

CREATE TABLE head (
	instance INTEGER NOT NULL,
	series BIGINT NOT NULL,
	log BIGINT NOT NULL,
	data BYTEA NOT NULL,
	PRIMARY KEY (instance, series)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.1, autovacuum_vacuum_threshold = 200);
ALTER TABLE head ALTER COLUMN data SET STORAGE EXTERNAL;

CREATE TABLE chunk (
	instance INTEGER NOT NULL,
	level INTEGER NOT NULL,
	id BIGINT GENERATED ALWAYS AS IDENTITY,
	series BIGINT NOT NULL,
	from_us BIGINT NOT NULL,
	to_us BIGINT NOT NULL,
	row_count INTEGER NOT NULL,
	data BYTEA NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000,
	autovacuum_vacuum_insert_scale_factor = 0.05);
ALTER TABLE chunk ALTER COLUMN data SET STORAGE EXTERNAL;
CREATE INDEX chunk_by_time ON chunk (instance, level, series, from_us, to_us);

CREATE TABLE figure (
	instance INTEGER NOT NULL,
	name TEXT COLLATE "C" NOT NULL,
	value BIGINT NOT NULL,
	PRIMARY KEY (instance, name)
);

CREATE TABLE state (
	instance INTEGER NOT NULL,
	component TEXT COLLATE "C" NOT NULL,
	health INTEGER NOT NULL,
	since_us BIGINT NOT NULL,
	last_check_us BIGINT NOT NULL,
	response_us BIGINT,
	error TEXT,
	PRIMARY KEY (instance, component)
) WITH (fillfactor = 50);

CREATE TABLE change (
	instance INTEGER NOT NULL,
	id BIGINT NOT NULL,
	at_us BIGINT NOT NULL,
	kind TEXT COLLATE "C" NOT NULL,
	name TEXT COLLATE "C" NOT NULL,
	word_before TEXT NOT NULL,
	word_after TEXT NOT NULL,
	text TEXT NOT NULL,
	PRIMARY KEY (instance, id)
);
CREATE INDEX change_by_time ON change (instance, at_us);
CREATE INDEX change_by_kind ON change (instance, kind, id);

CREATE TABLE record (
	instance INTEGER NOT NULL,
	kind INTEGER NOT NULL,
	id BIGINT NOT NULL,
	ended_us BIGINT NOT NULL,
	text TEXT NOT NULL,
	PRIMARY KEY (instance, kind, id)
);
CREATE INDEX record_by_end ON record (instance, kind, ended_us) WHERE ended_us != 0;

-- Files of a server do not shrink when rows go, and they hold the rows of all: storage.limit is about
-- the bytes that live, which somebody must count. Their sum is what an instance has; it is added up
-- into one row now and then. 128: a row's header, its numbers and its place in the index.
CREATE TABLE weight (
	instance INTEGER NOT NULL,
	bytes BIGINT NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0.1, autovacuum_vacuum_threshold = 200);
CREATE INDEX weight_by_instance ON weight (instance);
CREATE FUNCTION weigh_chunks() RETURNS trigger LANGUAGE plpgsql SET search_path = bellwether, pg_temp
AS $$
BEGIN
	INSERT INTO weight
	SELECT instance, sum(octet_length(data) + 128) * CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END
	FROM part GROUP BY instance;
	RETURN NULL;
END;
$$;
CREATE TRIGGER chunk_added AFTER INSERT ON chunk REFERENCING NEW TABLE AS part
	FOR EACH STATEMENT EXECUTE FUNCTION weigh_chunks();
CREATE TRIGGER chunk_removed AFTER DELETE ON chunk REFERENCING OLD TABLE AS part
	FOR EACH STATEMENT EXECUTE FUNCTION weigh_chunks();
