/* assert.h - contracts between functions. Kept in release builds of the daemon; a broken
 * contract is a bug in Bellwether, never something a user or a peer can cause.
 *
 * In libbellwether nothing is left of them: inside a host program nothing aborts, and the public
 * calls have looked at what they were given.
 */
#ifndef BW_BASE_ASSERT_H
#define BW_BASE_ASSERT_H

#ifdef BW_LIBRARY
#define bw_assert(condition) ((void)sizeof(condition))
#else
#include <stdlib.h>

#define bw_assert(condition)                                                                       \
	do {                                                                                       \
		if (!(condition))                                                                  \
			abort();                                                                   \
	} while (0)
#endif

#endif
