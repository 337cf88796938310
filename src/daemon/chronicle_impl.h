/* chronicle_impl.h - the inside of the chronicle, for chronicle*.c only. */
#ifndef BW_DAEMON_CHRONICLE_IMPL_H
#define BW_DAEMON_CHRONICLE_IMPL_H

#include "daemon/chronicle.h"

struct chronicle {
	struct io_loop *loop;
	struct store *store;
	struct bw_journal *journal;
	struct bw_wall start; /* the time of all entries until chronicle_started(); 0: it goes on */
};

/* An entry of this moment: `change` needs no time. */
void chronicle_add(struct chronicle *chronicle, struct bw_change change);

#endif
