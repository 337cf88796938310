/* load.c - columns to structures. */
#include "storage/load.h"

#include "storage/ledger_impl.h"
#include "storage/statements.h"

#define CHANGE_ID_MAX UINT64_C(0x1000000000000)
#define CHANGE_AT_MAX_US (INT64_C(253402300800) * BW_SECOND_US) /* the year 10000 */

static struct sql_value value_of(struct sql *sql, int statement, int nth)
{
	struct sql_value value;

	sql->driver->column(sql, statement, nth, &value);
	return value;
}

static int64_t integer_of(struct sql *sql, int statement, int nth)
{
	return value_of(sql, statement, nth).integer;
}

/* NULL for what is no text. */
static const char *text_of(struct sql *sql, int statement, int nth)
{
	const struct sql_value value = value_of(sql, statement, nth);

	return value.type == SQL_TEXT ? value.data : NULL;
}

struct loader {
	void (*visit)(struct loader *loader, struct sql *sql, int statement);
	union {
		void (*state)(void *arg, const struct store_state *state);
		void (*change)(void *arg, const struct bw_change *change);
		void (*record)(void *arg, const struct store_record *record);
	};
	void *arg;
	enum store_record_kind kind;
};

static enum bw_status each_row(struct loader *loader, struct sql *sql, int statement,
			       struct bw_error *err)
{
	enum bw_status status = BW_OK;
	bool has = true;

	while (status == BW_OK && has) {
		status = sql->driver->step(sql, statement, &has, err);
		if (status == BW_OK && has)
			loader->visit(loader, sql, statement);
	}
	sql->driver->reset(sql, statement);
	return status;
}

/* --- states --- */

static void visit_state(struct loader *loader, struct sql *sql, int statement)
{
	const struct sql_value response = value_of(sql, statement, 4);
	const int64_t health = integer_of(sql, statement, 1);
	const struct store_state state = {
		.component = (char *)text_of(sql, statement, 0),
		.health = (enum bw_health)health,
		.since = { integer_of(sql, statement, 2) },
		.last_check = { integer_of(sql, statement, 3) },
		.has_response = response.type == SQL_INTEGER,
		.response_us = response.integer,
		.error = (char *)text_of(sql, statement, 5),
	};

	if (state.component != NULL && health >= 0 && health < BW_HEALTH_MAX)
		loader->state(loader->arg, &state);
}

enum bw_status load_states(struct sql *sql,
			   void (*visit)(void *arg, const struct store_state *state), void *arg,
			   struct bw_error *err)
{
	struct loader loader = { .visit = visit_state, .state = visit, .arg = arg };
	enum bw_status status = sql->driver->start(sql, SQL_STATE_ALL, NULL, 0, err);

	return status == BW_OK ? each_row(&loader, sql, SQL_STATE_ALL, err) : status;
}

/* --- changes --- */

/* Not numbers that no daemon ever wrote; nobody need count with them. */
bool load_change(struct sql *sql, int statement, struct bw_change *out)
{
	const char *kind = text_of(sql, statement, 2);

	*out = (struct bw_change){
		.id = (uint64_t)integer_of(sql, statement, 0),
		.at = { integer_of(sql, statement, 1) },
		.name = text_of(sql, statement, 3),
		.from = text_of(sql, statement, 4),
		.to = text_of(sql, statement, 5),
		.text = text_of(sql, statement, 6),
	};
	return out->id > 0 && out->id < CHANGE_ID_MAX && out->at.us > 0 &&
	       out->at.us < CHANGE_AT_MAX_US && kind != NULL &&
	       bw_change_kind_parse(kind, &out->kind) == BW_OK && out->name != NULL &&
	       out->from != NULL && out->to != NULL && out->text != NULL;
}

static void visit_change(struct loader *loader, struct sql *sql, int statement)
{
	struct bw_change change;

	if (load_change(sql, statement, &change))
		loader->change(loader->arg, &change);
}

enum bw_status load_changes(struct sql *sql, struct bw_wall from,
			    void (*visit)(void *arg, const struct bw_change *change), void *arg,
			    struct bw_error *err)
{
	const struct sql_value values[] = { sql_integer(from.us), sql_integer(BW_JOURNAL_MAX) };
	struct loader loader = { .visit = visit_change, .change = visit, .arg = arg };
	enum bw_status status = sql->driver->start(sql, SQL_CHANGE_LOAD, values, 2, err);

	return status == BW_OK ? each_row(&loader, sql, SQL_CHANGE_LOAD, err) : status;
}

/* --- records --- */

static void visit_record(struct loader *loader, struct sql *sql, int statement)
{
	const struct sql_value text = value_of(sql, statement, 2);
	const struct store_record record = {
		.kind = loader->kind,
		.id = (uint64_t)integer_of(sql, statement, 0),
		.ended = { integer_of(sql, statement, 1) },
		.text = text.data,
	};

	if (text.type == SQL_TEXT && text.len <= STORE_RECORD_MAX)
		loader->record(loader->arg, &record);
}

enum bw_status load_records(struct sql *sql, enum store_record_kind kind, size_t ended_max,
			    void (*visit)(void *arg, const struct store_record *record), void *arg,
			    struct bw_error *err)
{
	const struct sql_value values[] = { sql_integer(kind), sql_integer((int64_t)ended_max) };
	struct loader loader = { .visit = visit_record, .record = visit, .arg = arg, .kind = kind };
	enum bw_status status = sql->driver->start(sql, SQL_RECORD_LOAD, values, 2, err);

	return status == BW_OK ? each_row(&loader, sql, SQL_RECORD_LOAD, err) : status;
}
