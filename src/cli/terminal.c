/* terminal.c - apart from screen.c because <term.h> takes everyday words as macros. */
#include "cli/terminal.h"

#include <stddef.h>

#include <ncurses.h>
#include <term.h>

bool terminal_moves(int fd)
{
	int known;

	if (setupterm(NULL, fd, &known) != OK)
		return false;
	const bool moves = tigetstr("cup") != NULL;

	(void)del_curterm(cur_term);
	return moves;
}
