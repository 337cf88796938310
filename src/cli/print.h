/* print.h - how the program speaks to a person: errors, colours, tables of 80 columns.
 *
 * Foreign text is escaped on its way out: no escape sequence of a peer reaches the terminal.
 * Threads: main's only.
 */
#ifndef BW_CLI_PRINT_H
#define BW_CLI_PRINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/status.h"

enum { CLI_COLUMNS = 80 };

/* "bellwether: what failed: why; what to do" on standard error. */
void cli_fail(const char *format, ...) BW_PRINTF(1, 2);
/* A report of several lines on standard error, as it is. */
void cli_report(const char *report);
/* True for a terminal without NO_COLOR and with a TERM that is not dumb. */
bool cli_has_color(FILE *file);
/* True when the locale's characters are UTF-8; takes LC_CTYPE over from the environment. */
bool cli_is_utf8(void);
/* Appends the text cut or padded with blanks to exactly `columns`. */
void cli_cell(struct bw_buf *buf, const char *text, size_t columns);
/* Appends the text in lines that end by column 80; further lines begin at column `indent`. The
 * cursor is there already. */
void cli_wrap(struct bw_buf *buf, size_t indent, const char *text);
/* Appends the word, padded to `columns`, coloured where it is not healthy. */
void cli_health(struct bw_buf *buf, const char *health, size_t columns, bool color);
/* 0 healthy, 1 degraded, 2 unhealthy, 3 unknown or any other word. */
int cli_health_exit(const char *health);
/* Writes the buffer to standard output and finishes it. */
void cli_out(struct bw_buf *buf);
/* EX_OK, or EX_IOERR (said why) when standard output could not be written. */
int cli_flush(void);

#endif
