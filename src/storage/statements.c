/* statements.c - the texts. Conditions keep to what the primary keys and the indexes of the
 * migrations can answer; ids are given by the store, so that no dialect need count.
 */
#include "storage/statements.h"

#define CHANGE_COLUMNS "id, at_us, kind, name, word_before, word_after, text"
/* How the whole fared, and when a daemon ran, outlives the rest. */
#define LAST_OF_KIND(which)                                                                        \
	"(SELECT id FROM change WHERE {w}kind = '" which "' ORDER BY id DESC LIMIT 1 OFFSET 999)"

const char *const sql_texts[SQL_STATEMENTS] = {
	[SQL_CHANGE_ASK] =
		"SELECT " CHANGE_COLUMNS " FROM change WHERE {w}at_us >= $1 AND at_us <= $2 AND "
		"($3 = '' OR kind = $3) AND ($4 = 1 OR name = $5) "
		"ORDER BY at_us DESC, id DESC LIMIT $6",
	[SQL_CHANGE_DROP] = "DELETE FROM change WHERE {w}id <= (SELECT min(id) + "
			    "(max(id) - min(id)) / 8 FROM change WHERE {w}id > 0)",
	[SQL_CHANGE_LOAD] = "SELECT " CHANGE_COLUMNS " FROM (SELECT " CHANGE_COLUMNS
			    " FROM change WHERE {w}(at_us >= $1 OR kind IN ('daemon', 'overall')) "
			    "ORDER BY id DESC LIMIT $2) AS newest ORDER BY id",
	[SQL_CHANGE_PUT] =
		"INSERT INTO change ({i}" CHANGE_COLUMNS ") VALUES ({v}$1, $2, $3, $4, $5, $6, $7) "
		"ON CONFLICT ({i}id) DO UPDATE SET at_us = excluded.at_us, kind = excluded.kind, "
		"name = excluded.name, word_before = excluded.word_before, "
		"word_after = excluded.word_after, text = excluded.text",
	[SQL_CHANGE_TRIM] =
		"DELETE FROM change WHERE {w}id IN (SELECT id FROM change WHERE {w}at_us <= $1 AND "
		"(kind NOT IN ('daemon', 'overall') OR "
		"kind = 'daemon' AND id < " LAST_OF_KIND(
			"daemon") " OR "
				  "kind = 'overall' AND id < " LAST_OF_KIND(
					  "overall") ") ORDER BY at_us LIMIT $2)",
	[SQL_CHUNK_ADD] = "INSERT INTO chunk ({i}level, series, from_us, to_us, row_count, data) "
			  "VALUES ({v}$1, $2, $3, $4, $5, $6)",
	[SQL_CHUNK_BEFORE] = "SELECT from_us, data FROM chunk WHERE {w}level = $1 AND series = $2 "
			     "AND from_us < $3 ORDER BY from_us DESC LIMIT 2",
	[SQL_CHUNK_FIRST] = "SELECT from_us FROM chunk WHERE {w}level = $1 AND series = $2 "
			    "ORDER BY from_us LIMIT 1",
	[SQL_CHUNK_LAST] = "SELECT from_us FROM chunk WHERE {w}level = $1 AND series = $2 "
			   "ORDER BY from_us DESC LIMIT 1",
	[SQL_CHUNK_RANGE] = "SELECT from_us, to_us, data FROM chunk WHERE {w}level = $1 AND "
			    "series = $2 AND from_us >= $3 AND from_us <= $4 AND to_us >= $5 "
			    "ORDER BY id",
	[SQL_CHUNK_REMOVE] = "DELETE FROM chunk WHERE {w}level = $1 AND series = $2 AND "
			     "from_us >= $3 AND from_us < $4",
	[SQL_FIGURE_GET] = "SELECT value FROM figure WHERE {w}name = $1",
	[SQL_FIGURE_PUT] = "INSERT INTO figure ({i}name, value) VALUES ({v}$1, $2) "
			   "ON CONFLICT ({i}name) DO UPDATE SET value = excluded.value",
	[SQL_HEAD_ALL] = "SELECT series, log, data FROM head WHERE {w}series > 0 ORDER BY series",
	[SQL_HEAD_PUT] = "INSERT INTO head ({i}series, log, data) VALUES ({v}$1, $2, $3) "
			 "ON CONFLICT ({i}series) DO UPDATE SET log = excluded.log, "
			 "data = excluded.data",
	[SQL_HEAD_REMOVE] = "DELETE FROM head WHERE {w}series = $1",
	/* A commit whose answer was lost may have been done: it comes again, same number. */
	[SQL_LOG_ADD] = "INSERT INTO log ({i}id, data) VALUES ({v}$1, $2) "
			"ON CONFLICT ({i}id) DO UPDATE SET data = excluded.data",
	[SQL_LOG_ALL] = "SELECT id, data FROM log WHERE {w}id > 0 ORDER BY id",
	[SQL_LOG_TRIM] = "DELETE FROM log WHERE {w}id < $1",
	/* The one with the highest number is always among them, so that no number is given twice.
	 */
	[SQL_RECORD_LOAD] =
		"SELECT id, ended_us, text FROM record WHERE {w}kind = $1 AND (ended_us = 0 OR "
		"id IN (SELECT id FROM record WHERE {w}kind = $1 AND ended_us != 0 "
		"ORDER BY ended_us DESC, id DESC LIMIT $2) OR "
		"id = (SELECT max(id) FROM record WHERE {w}kind = $1)) "
		"ORDER BY CASE ended_us WHEN 0 THEN 0 ELSE 1 END, id",
	[SQL_RECORD_PUT] = "INSERT INTO record ({i}kind, id, ended_us, text) "
			   "VALUES ({v}$1, $2, $3, $4) ON CONFLICT ({i}kind, id) DO UPDATE SET "
			   "ended_us = excluded.ended_us, text = excluded.text",
	[SQL_RECORD_TRIM] =
		"DELETE FROM record WHERE {w}kind = $1 AND id IN (SELECT id FROM record WHERE "
		"{w}kind = $1 AND ended_us != 0 AND (ended_us <= $2 OR ended_us < (SELECT ended_us "
		"FROM record WHERE {w}kind = $1 AND ended_us != 0 ORDER BY ended_us DESC "
		"LIMIT 1 OFFSET $3)) AND id < (SELECT max(id) FROM record WHERE {w}kind = $1) "
		"ORDER BY ended_us LIMIT $4)",
	[SQL_SERIES_ADD] = "INSERT INTO series ({i}id, kind, name) VALUES ({v}$1, $2, $3) "
			   "ON CONFLICT ({i}id) DO NOTHING",
	[SQL_SERIES_ALL] = "SELECT id, kind, name FROM series WHERE {w}id > 0 ORDER BY id",
	[SQL_SERIES_REMOVE] = "DELETE FROM series WHERE {w}id = $1",
	[SQL_STATE_ALL] =
		"SELECT component, health, since_us, last_check_us, response_us, error FROM state "
		"WHERE {w}last_check_us IS NOT NULL ORDER BY last_check_us, component",
	[SQL_STATE_PUT] =
		"INSERT INTO state ({i}component, health, since_us, last_check_us, response_us, "
		"error) VALUES ({v}$1, $2, $3, $4, $5, $6) ON CONFLICT ({i}component) DO UPDATE "
		"SET health = excluded.health, since_us = excluded.since_us, "
		"last_check_us = excluded.last_check_us, response_us = excluded.response_us, "
		"error = excluded.error",
	[SQL_STATE_REMOVE] = "DELETE FROM state WHERE {w}component = $1",
	[SQL_TEXT_ADD] = "INSERT INTO text ({i}id, hash, used_us, text) VALUES ({v}$1, $2, $3, $4) "
			 "ON CONFLICT ({i}id) DO NOTHING",
	[SQL_TEXT_FIND] = "SELECT id, used_us FROM text WHERE {w}hash = $1 AND text = $2",
	[SQL_TEXT_GET] = "SELECT text FROM text WHERE {w}id = $1",
	[SQL_TEXT_LAST] = "SELECT COALESCE(max(id), 0) FROM text WHERE {w}id > 0",
	[SQL_TEXT_TRIM] = "DELETE FROM text WHERE {w}id IN (SELECT id FROM text "
			  "WHERE {w}used_us < $1 ORDER BY used_us LIMIT $2)",
	[SQL_TEXT_USE] = "UPDATE text SET used_us = $1 WHERE {w}id = $2",
};
