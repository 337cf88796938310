/* embedded.h - a file of the tree that travels inside the program.
 *
 * Made by tools/embed.py at build time, as a constant array with its count.
 * Owns:    nothing; constant for the life of the process.
 * Threads: any.
 */
#ifndef BW_BASE_EMBEDDED_H
#define BW_BASE_EMBEDDED_H

#include <stddef.h>

struct bw_embedded {
	const char *name;          /* relative to the folder it was embedded from: "js/main.js" */
	const unsigned char *data; /* a NUL stands behind the last byte, not counted in `size` */
	size_t size;
};

#endif
