/* folder.h - a folder of a test's own under the system's temporary one.
 *
 * Fails the running cmocka test when the system refuses. folder_finish() removes everything below.
 */
#ifndef BW_TESTS_FOLDER_H
#define BW_TESTS_FOLDER_H

#include <stddef.h>

enum { FOLDER_PATH_MAX = 256 };

struct folder {
	char path[FOLDER_PATH_MAX];
};

void folder_init(struct folder *folder);
void folder_finish(struct folder *folder);
/* Writes a file, making the folders on its way; replaces an older one. */
void folder_write(const struct folder *folder, const char *name, const char *text);
void folder_write_bytes(const struct folder *folder, const char *name, const void *data,
			size_t len);
/* folder/name. */
void folder_name(const struct folder *folder, const char *name, char *out, size_t size);

#endif
