/* store_notice.h - what people must know of the history's keeping: that it is not kept, damaged, or
 * shorter than they asked for.
 *
 * Threads: any; nothing is kept.
 */
#ifndef BW_DAEMON_STORE_NOTICE_H
#define BW_DAEMON_STORE_NOTICE_H

#include "storage/store.h"

enum { STORE_NOTICES_MAX = 3, STORE_NOTICE_MAX = 512 };

enum store_grade {
	STORE_FINE,
	STORE_LIMITED, /* the bound took what `storage.history` would have kept */
	STORE_DAMAGED, /* a file was set aside, or parts of it are left out */
	STORE_NOT_KEPT,
	STORE_GRADES,
};

/* "ok", "limited", "damaged", "not_kept": the words of the field system.store. */
const char *store_grade_text(enum store_grade grade);

struct store_notices {
	enum store_grade grade; /* the worst of them */
	size_t count;
	char texts[STORE_NOTICES_MAX][STORE_NOTICE_MAX]; /* the worst first */
};

void store_notices_of(const struct store_status *status, struct store_notices *out);

#endif
