/* text.c - one pass over the bytes: each step takes one character of the input, valid or not.
 *
 * Decoding is strict (no overlong forms, no surrogates, nothing above U+10FFFF), because browsers
 * and JSON readers are; an invalid byte costs one replacement and one step.
 */
#include "checks/text.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "base/time.h"

static bool is_continuation(unsigned char byte)
{
	return (byte & 0xC0) == 0x80;
}

/* Length of the valid sequence at `text`, 0 when there is none. */
static size_t sequence_length(const unsigned char *text, size_t len)
{
	unsigned char first = text[0];
	unsigned char low = 0x80, high = 0xBF;
	size_t need;

	if (first < 0x80)
		return 1;
	if (first >= 0xC2 && first <= 0xDF)
		need = 2;
	else if (first >= 0xE0 && first <= 0xEF)
		need = 3;
	else if (first >= 0xF0 && first <= 0xF4)
		need = 4;
	else
		return 0;
	if (first == 0xE0)
		low = 0xA0;
	else if (first == 0xED)
		high = 0x9F;
	else if (first == 0xF0)
		low = 0x90;
	else if (first == 0xF4)
		high = 0x8F;
	if (len < need || text[1] < low || text[1] > high)
		return 0;
	for (size_t i = 2; i < need; i++)
		if (!is_continuation(text[i]))
			return 0;
	return need;
}

/* What turns the direction of writing around: U+061C, U+200E-F, U+202A-E, U+2066-9. */
static bool is_direction(const unsigned char *text, size_t len)
{
	if (len == 2)
		return text[0] == 0xD8 && text[1] == 0x9C;
	if (len != 3 || text[0] != 0xE2)
		return false;
	return (text[1] == 0x80 &&
		(text[2] == 0x8E || text[2] == 0x8F || (text[2] >= 0xAA && text[2] <= 0xAE))) ||
	       (text[1] == 0x81 && text[2] >= 0xA6 && text[2] <= 0xA9);
}

/* C0, DEL, C1 and the two Unicode line separators would break the line or a terminal, and a change
 * of direction would let a text reorder what stands beside it. */
static bool is_control(const unsigned char *text, size_t len)
{
	if (len == 1)
		return text[0] < 0x20 || text[0] == 0x7F;
	if (is_direction(text, len))
		return true;
	if (len == 2)
		return text[0] == 0xC2 && text[1] < 0xA0;
	return len == 3 && text[0] == 0xE2 && text[1] == 0x80 &&
	       (text[2] == 0xA8 || text[2] == 0xA9);
}

struct piece {
	const char *bytes;
	size_t len;
	size_t used; /* of the input */
};

static struct piece next_piece(const char *text, size_t len)
{
	const unsigned char *bytes = (const unsigned char *)text;
	size_t sequence = sequence_length(bytes, len);

	if (sequence == 0)
		return (struct piece){ "\xEF\xBF\xBD", 3, 1 };
	if (is_control(bytes, sequence))
		return (struct piece){ " ", 1, sequence };
	return (struct piece){ text, sequence, sequence };
}

void check_text_clean(const char *text, size_t len, char *out, size_t size)
{
	size_t used = 0, room_for_dots = 0;

	bw_assert(size >= 4);
	while (len > 0) {
		struct piece piece = next_piece(text, len);

		if (used + piece.len > size - 1) {
			memcpy(out + room_for_dots, "...", 4);
			return;
		}
		memcpy(out + used, piece.bytes, piece.len);
		used += piece.len;
		if (used <= size - 4)
			room_for_dots = used;
		text += piece.used;
		len -= piece.used;
	}
	while (used > 0 && out[used - 1] == ' ')
		used--;
	out[used] = '\0';
}

void check_text_duration(int64_t us, char out[CHECK_DURATION_MAX])
{
	const int64_t day = 86400 * BW_SECOND_US;

	if (us < 0)
		us = 0;
	if (us >= 2 * day)
		snprintf(out, CHECK_DURATION_MAX, "%lld days", (long long)(us / day));
	else if (us >= BW_SECOND_US && us % BW_SECOND_US == 0)
		snprintf(out, CHECK_DURATION_MAX, "%lld s", (long long)(us / BW_SECOND_US));
	else if (us >= 10 * BW_SECOND_US)
		snprintf(out, CHECK_DURATION_MAX, "%.1f s", (double)us / 1e6);
	else if (us >= 10000)
		snprintf(out, CHECK_DURATION_MAX, "%lld ms", (long long)(us + 500) / 1000);
	else if (us % 1000 == 0)
		snprintf(out, CHECK_DURATION_MAX, "%lld ms", (long long)us / 1000);
	else
		snprintf(out, CHECK_DURATION_MAX, "%.1f ms", (double)us / 1000);
}

void check_text_age(int64_t us, char out[CHECK_DURATION_MAX])
{
	long long seconds = us > 0 ? us / BW_SECOND_US : 0;
	long long minutes = seconds / 60, hours = minutes / 60, days = hours / 24;

	if (us > 0 && us < BW_SECOND_US)
		check_text_duration(us, out);
	else if (seconds < 120 && seconds % 60 != 0)
		snprintf(out, CHECK_DURATION_MAX, "%lld s", seconds);
	else if (minutes < 120 && minutes % 60 != 0)
		snprintf(out, CHECK_DURATION_MAX, "%lld min", minutes);
	else if (hours < 48 && minutes % 60 != 0)
		snprintf(out, CHECK_DURATION_MAX, "%lld h %lld min", hours, minutes % 60);
	else if (hours < 48 && hours > 0)
		snprintf(out, CHECK_DURATION_MAX, "%lld h", hours);
	else if (days > 0)
		snprintf(out, CHECK_DURATION_MAX, "%lld days", days);
	else
		snprintf(out, CHECK_DURATION_MAX, "%lld s", seconds);
}

void check_text_size(int64_t bytes, char out[CHECK_DURATION_MAX])
{
	static const char *const units[] = { "bytes", "KiB", "MiB", "GiB", "TiB", "PiB" };
	double value = bytes > 0 ? (double)bytes : 0;
	size_t unit = 0;

	while (value >= 1024 && unit + 1 < sizeof(units) / sizeof(units[0])) {
		value /= 1024;
		unit++;
	}
	if (unit == 0 || value >= 100 || value == (double)(int64_t)value)
		snprintf(out, CHECK_DURATION_MAX, "%.0f %s", value, units[unit]);
	else
		snprintf(out, CHECK_DURATION_MAX, "%.1f %s", value, units[unit]);
}
