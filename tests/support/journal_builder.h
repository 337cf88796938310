/* journal_builder.h - a journal that runs, and changes at seconds from its start. */
#ifndef BW_TESTS_JOURNAL_BUILDER_H
#define BW_TESTS_JOURNAL_BUILDER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "core/journal.h"

#define DAY_US (86400 * BW_SECOND_US)

static inline struct bw_wall at(double seconds)
{
	return (struct bw_wall){ DAY_US * 1000 + (int64_t)(seconds * 1e6) };
}

static inline struct bw_journal *empty(void)
{
	struct bw_journal *journal = NULL;

	assert_int_equal(bw_journal_create(DAY_US, &journal), BW_OK);
	return journal;
}

static inline struct bw_journal *running(void)
{
	struct bw_journal *journal = empty();

	assert_int_equal(bw_journal_start(journal, at(0), (struct bw_wall){ 0 }), BW_OK);
	return journal;
}

static inline enum bw_status try_add(struct bw_journal *journal, double seconds,
				     enum bw_change_kind kind, const char *name, const char *to)
{
	char text[64];
	const struct bw_change change = {
		.at = at(seconds),
		.kind = kind,
		.name = name,
		.to = to,
		.text = text,
	};

	snprintf(text, sizeof(text), "%s because of %g", to, seconds);
	return bw_journal_add(journal, &change);
}

#endif
