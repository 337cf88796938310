/* screen.c - ncurses keeps the picture it showed last and sends the difference.
 *
 * newterm() and not initscr(), which ends the program when the terminal is unknown. A loop makes
 * what it watches non-blocking, which all who share the terminal would get to feel, so keys are
 * watched through an opening of the terminal of their own.
 */
#include "cli/screen.h"

#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sysexits.h>
#include <termios.h>
#include <unistd.h>

#include <ncurses.h>

#include "cli/overview.h"
#include "cli/terminal.h"

enum { ESCAPE_MS = 25, FAREWELL_MAX = 128 };

/* What a handler of a fatal signal needs, which can be handed nothing. Written once, before the
 * handler is in place. */
static struct {
	struct termios modes;
	char text[FAREWELL_MAX];
	size_t len;
} farewell;

static const int fatal_signals[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT };

enum { FATAL_SIGNALS = sizeof fatal_signals / sizeof fatal_signals[0] };

/* endwin() may not be called here. The handler was taken away by SA_RESETHAND, so that the signal
 * comes again and ends the process. */
static void die(int number)
{
	(void)tcsetattr(STDIN_FILENO, TCSANOW, &farewell.modes);
	if (write(STDOUT_FILENO, farewell.text, farewell.len) < 0)
		_exit(EX_IOERR);
	(void)raise(number);
}

static void add_farewell(const char *capability)
{
	const char *text = tigetstr((char *)capability);
	size_t len = text && (intptr_t)text != -1 ? strlen(text) : 0;

	if (farewell.len + len > FAREWELL_MAX)
		return;
	memcpy(farewell.text + farewell.len, len > 0 ? text : "", len);
	farewell.len += len;
}

static void handle_crashes(void)
{
	struct sigaction action = { .sa_handler = die, .sa_flags = (int)SA_RESETHAND };

	add_farewell("sgr0");
	add_farewell("cnorm");
	add_farewell("rmcup");
	add_farewell("rmkx");
	for (size_t i = 0; i < FATAL_SIGNALS; i++)
		(void)sigaction(fatal_signals[i], &action, NULL);
}

static int watched(void)
{
	const char *name = ttyname(STDIN_FILENO);
	int fd = name ? open(name, O_RDONLY | O_NOCTTY | O_CLOEXEC | O_NONBLOCK) : -1;

	return fd >= 0 ? fd : STDIN_FILENO;
}

int screen_open(bool color)
{
	(void)setlocale(LC_CTYPE, "");
	if (tcgetattr(STDIN_FILENO, &farewell.modes) != 0)
		return -1;
	if (!terminal_moves(STDOUT_FILENO) || !newterm(NULL, stdout, stdin))
		return -1;
	cbreak();
	noecho();
	nonl();
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	set_escdelay(ESCAPE_MS);
	(void)curs_set(0);
	if (color && has_colors()) {
		start_color();
		use_default_colors();
		init_pair(CLI_STYLE_BAD, COLOR_RED, -1);
		init_pair(CLI_STYLE_WARN, COLOR_YELLOW, -1);
		init_pair(CLI_STYLE_UNKNOWN, COLOR_MAGENTA, -1);
	}
	handle_crashes();
	return watched();
}

void screen_close(int fd)
{
	(void)endwin();
	if (fd != STDIN_FILENO)
		(void)close(fd);
}

void screen_resize(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0)
		(void)resizeterm(size.ws_row, size.ws_col);
}

void screen_size(size_t *rows, size_t *columns)
{
	*rows = (size_t)LINES;
	*columns = (size_t)COLS;
}

static attr_t look_of(int style)
{
	switch (style) {
	case CLI_STYLE_BAD:
		return A_BOLD | (attr_t)COLOR_PAIR(CLI_STYLE_BAD);
	case CLI_STYLE_WARN:
	case CLI_STYLE_UNKNOWN:
		return (attr_t)COLOR_PAIR(style);
	case CLI_STYLE_STRONG:
		return A_BOLD;
	case CLI_STYLE_FAINT:
		return A_DIM;
	default:
		return A_NORMAL;
	}
}

static void show_line(const char *text, size_t len, attr_t base)
{
	size_t at = 0;

	attrset(base);
	while (at < len) {
		size_t run = at;

		while (run < len && (unsigned char)text[run] >= CLI_STYLES)
			run++;
		addnstr(text + at, (int)(run - at));
		if (run < len)
			attrset(base | look_of(text[run]));
		at = run + 1;
	}
	attrset(A_NORMAL);
}

/* A line is cleared before it is drawn: what ncurses takes for wider than we do may have run over
 * from the line before. */
void screen_show(const char *text, size_t marked)
{
	erase();
	for (size_t row = 0; *text && row < (size_t)LINES; row++) {
		size_t len = strcspn(text, "\n");

		move((int)row, 0);
		clrtoeol();
		show_line(text, len, row == marked ? A_REVERSE : A_NORMAL);
		text += len + (text[len] == '\n');
	}
	refresh();
}

int screen_key(void)
{
	static const struct {
		int curses, ours;
	} keys[] = {
		{ ERR, SCREEN_NONE },      { KEY_UP, SCREEN_UP },
		{ KEY_DOWN, SCREEN_DOWN }, { KEY_PPAGE, SCREEN_PAGE_UP },
		{ KEY_HOME, SCREEN_HOME }, { KEY_NPAGE, SCREEN_PAGE_DOWN },
		{ KEY_END, SCREEN_END },   { KEY_ENTER, SCREEN_ENTER },
		{ '\r', SCREEN_ENTER },    { KEY_BACKSPACE, SCREEN_ERASE },
		{ 0x7f, SCREEN_ERASE },    { 0x1b, SCREEN_ESCAPE },
	};
	int key = getch();

	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
		if (keys[i].curses == key)
			return keys[i].ours;
	return key < 0x100 ? key : 0;
}
