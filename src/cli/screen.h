/* screen.h - the terminal of `top`: with terminal.h the only place that sees ncurses.
 *
 * Owns:    the terminal between screen_open() and screen_close(). ncurses keeps it for the whole
 *          process, so there is one at a time; it restores it before a stop by Ctrl-Z as well.
 * Threads: main's only.
 */
#ifndef BW_CLI_SCREEN_H
#define BW_CLI_SCREEN_H

#include <stdbool.h>
#include <stddef.h>

/* What screen_key() returns beside characters. */
enum screen_key {
	SCREEN_NONE = -1,
	SCREEN_UP = 0x1000,
	SCREEN_DOWN,
	SCREEN_PAGE_UP,
	SCREEN_PAGE_DOWN,
	SCREEN_HOME,
	SCREEN_END,
	SCREEN_ENTER,
	SCREEN_ERASE,
	SCREEN_ESCAPE,
};

/* The descriptor to watch for keys, or -1 when the terminal is not known to terminfo, or has
 * no cursor to move; it is as it was then. */
int screen_open(bool color);
void screen_close(int fd);
/* Takes over the terminal's present size. */
void screen_resize(void);
void screen_size(size_t *rows, size_t *columns);
/* Lines with CLI_STYLE_* bytes (overview.h) from the top; only what differs from the picture before
 * is sent. Line `marked` is shown reversed; SIZE_MAX: none. */
void screen_show(const char *text, size_t marked);
/* Does not wait. */
int screen_key(void);

#endif
