/* file.h - the text of one configuration file, and where things stand in it.
 *
 * Owns:    copies of the name and the text, and the places that must not be shown.
 * Units:   byte offsets into `text`; lines and columns count from 1, columns in characters.
 * Threads: one at a time.
 */
#ifndef BW_CONFIG_FILE_H
#define BW_CONFIG_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct config_span {
	size_t begin, end;
};

struct config_file {
	char *name;
	char *text; /* without a byte order mark; NUL-terminated */
	size_t len;
	uint32_t *lines; /* private: where each line begins */
	size_t line_count;
	struct config_span *hidden; /* private: secrets */
	size_t hidden_count, hidden_cap;
};

struct config_place {
	size_t line, column;
};

/* Copies; dies without memory. `len` is at most CONFIG_FILE_MAX. */
struct config_file *config_file_create(const char *name, const char *text, size_t len);
void config_file_destroy(struct config_file *file);
struct config_place config_file_place(struct config_file *file, size_t offset);
/* The line `offset` stands in, without its end. */
struct config_span config_file_line(struct config_file *file, size_t offset);
/* What stands here is a secret: no message ever shows it. */
void config_file_hide(struct config_file *file, struct config_span span);

enum { CONFIG_FILE_MAX = 16 << 20 };

#endif
