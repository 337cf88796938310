-- The change journal. kind and words are those of src/core/journal.h. How the whole fared, and when a
-- daemon ran, is kept longer than the rest: it says since when.
CREATE TABLE change (
	id INTEGER PRIMARY KEY,
	at_us INTEGER NOT NULL,
	kind TEXT NOT NULL,
	name TEXT NOT NULL,
	word_before TEXT NOT NULL,
	word_after TEXT NOT NULL,
	text TEXT NOT NULL
);
CREATE INDEX change_by_time ON change (at_us);
CREATE INDEX change_by_kind ON change (kind);
