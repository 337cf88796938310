/* assert.h - contracts between functions. Kept in release builds of the daemon; a broken
 * contract is a bug in Bellwether, never something a user or a peer can cause.
 */
#ifndef BW_BASE_ASSERT_H
#define BW_BASE_ASSERT_H

#include <stdlib.h>

#define bw_assert(condition)                                                                       \
	do {                                                                                       \
		if (!(condition))                                                                  \
			abort();                                                                   \
	} while (0)

#endif
