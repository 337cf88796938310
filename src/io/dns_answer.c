/* dns_answer.c - glibc's resolver library walks the message; one function prints each type.
 *
 * The bytes are foreign: every printer checks the length it needs before it reads, names go through
 * ns_name_uncompress(), which bounds its jumps and escapes what is not printable, and the bytes of
 * TXT and CAA are escaped here.
 */
#include "io/dns_answer.h"

#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

struct printing {
	const ns_msg *message;
	const unsigned char *data;
	size_t len;
	char *out; /* IO_DNS_TEXT_MAX bytes, empty at the beginning */
};

typedef bool print_record(const struct printing *record);

static unsigned number16(const unsigned char *data)
{
	return (unsigned)data[0] << 8 | data[1];
}

static unsigned long number32(const unsigned char *data)
{
	return (unsigned long)number16(data) << 16 | number16(data + 2);
}

/* The name that begins at `offset`; its length in the message, or -1. */
static int take_name(const struct printing *record, size_t offset, char out[NS_MAXDNAME])
{
	if (offset > record->len)
		return -1;
	return ns_name_uncompress(ns_msg_base(*record->message), ns_msg_end(*record->message),
				  record->data + offset, out, NS_MAXDNAME);
}

/* Cut with "..." when it does not fit. */
static void print(const struct printing *record, const char *text)
{
	static const char dots[] = "...";
	size_t used = strlen(record->out);
	int len = snprintf(record->out + used, IO_DNS_TEXT_MAX - used, "%s", text);

	if (used + (size_t)len >= IO_DNS_TEXT_MAX)
		memcpy(record->out + IO_DNS_TEXT_MAX - sizeof(dots), dots, sizeof(dots));
}

static void print_bytes(const struct printing *record, const unsigned char *data, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		char text[8];

		if (isprint(data[i]) && data[i] != '\\')
			snprintf(text, sizeof(text), "%c", data[i]);
		else
			snprintf(text, sizeof(text), "\\%03u", data[i]);
		print(record, text);
	}
}

static bool print_address(const struct printing *record, int family, size_t size)
{
	return record->len == size &&
	       inet_ntop(family, record->data, record->out, IO_DNS_TEXT_MAX) != NULL;
}

static bool print_a(const struct printing *record)
{
	return print_address(record, AF_INET, NS_INADDRSZ);
}

static bool print_aaaa(const struct printing *record)
{
	return print_address(record, AF_INET6, NS_IN6ADDRSZ);
}

static bool print_name(const struct printing *record)
{
	char name[NS_MAXDNAME];

	if (take_name(record, 0, name) < 0)
		return false;
	print(record, name);
	return true;
}

/* `count` numbers of 16 bits, then a name: MX and SRV. */
static bool print_numbered_name(const struct printing *record, size_t count)
{
	char name[NS_MAXDNAME], number[16];

	if (take_name(record, 2 * count, name) < 0)
		return false;
	for (size_t i = 0; i < count; i++) {
		snprintf(number, sizeof(number), "%u ", number16(record->data + 2 * i));
		print(record, number);
	}
	print(record, name[0] ? name : ".");
	return true;
}

static bool print_mx(const struct printing *record)
{
	return print_numbered_name(record, 1);
}

static bool print_srv(const struct printing *record)
{
	return print_numbered_name(record, 3);
}

static bool print_soa(const struct printing *record)
{
	char primary[NS_MAXDNAME], mailbox[NS_MAXDNAME], serial[16];
	int first = take_name(record, 0, primary);
	int second = first < 0 ? -1 : take_name(record, (size_t)first, mailbox);
	size_t numbers = (size_t)first + (size_t)second;

	if (second < 0 || numbers + 5 * NS_INT32SZ > record->len)
		return false;
	print(record, primary);
	print(record, " ");
	print(record, mailbox);
	for (size_t i = 0; i < 5; i++) {
		snprintf(serial, sizeof(serial), " %lu",
			 number32(record->data + numbers + i * NS_INT32SZ));
		print(record, serial);
	}
	return true;
}

static bool print_txt(const struct printing *record)
{
	size_t at = 0;

	while (at < record->len) {
		size_t chunk = record->data[at++];

		if (at + chunk > record->len)
			return false;
		print_bytes(record, record->data + at, chunk);
		at += chunk;
	}
	return true;
}

/* "0 issue "letsencrypt.org"" */
static bool print_caa(const struct printing *record)
{
	char flags[16];
	size_t tag;

	if (record->len < 2)
		return false;
	tag = record->data[1];
	if (2 + tag > record->len)
		return false;
	snprintf(flags, sizeof(flags), "%u ", record->data[0]);
	print(record, flags);
	print_bytes(record, record->data + 2, tag);
	print(record, " \"");
	print_bytes(record, record->data + 2 + tag, record->len - 2 - tag);
	print(record, "\"");
	return true;
}

struct type_row {
	const char *text;
	int type;
	print_record *print;
};

static const struct type_row type_rows[] = {
	{ "A", ns_t_a, print_a },        { "AAAA", ns_t_aaaa, print_aaaa },
	{ "CAA", 257, print_caa },       { "CNAME", ns_t_cname, print_name },
	{ "MX", ns_t_mx, print_mx },     { "NS", ns_t_ns, print_name },
	{ "PTR", ns_t_ptr, print_name }, { "SOA", ns_t_soa, print_soa },
	{ "SRV", ns_t_srv, print_srv },  { "TXT", ns_t_txt, print_txt },
};

static const char *const rcode_texts[] = { "NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN",
					   "NOTIMP",  "REFUSED", "YXDOMAIN", "YXRRSET",
					   "NXRRSET", "NOTAUTH", "NOTZONE" };

enum {
	TYPE_COUNT = sizeof(type_rows) / sizeof(type_rows[0]),
	RCODE_COUNT = sizeof(rcode_texts) / sizeof(rcode_texts[0]),
};

int io_dns_type_from_text(const char *text)
{
	for (size_t i = 0; text && i < TYPE_COUNT; i++)
		if (strcasecmp(type_rows[i].text, text) == 0)
			return type_rows[i].type;
	return -1;
}

static const struct type_row *row_of(int type)
{
	for (size_t i = 0; i < TYPE_COUNT; i++)
		if (type_rows[i].type == type)
			return &type_rows[i];
	return NULL;
}

static void add_record(struct io_dns_answer *out, const struct type_row *row, const ns_msg *message,
		       const ns_rr *found)
{
	char text[IO_DNS_TEXT_MAX] = "";
	const struct printing record = { message, ns_rr_rdata(*found), ns_rr_rdlen(*found), text };
	int ttl = ns_rr_ttl(*found) > INT32_MAX ? INT32_MAX : (int)ns_rr_ttl(*found);

	if (!row->print(&record))
		return;
	out->total++;
	if (out->min_ttl_s < 0 || ttl < out->min_ttl_s)
		out->min_ttl_s = ttl;
	if (out->count < IO_DNS_ANSWERS_MAX)
		memcpy(out->text[out->count++], text, sizeof(text));
}

bool io_dns_answer_parse(const unsigned char *data, size_t len, int type, struct io_dns_answer *out)
{
	const struct type_row *row = row_of(type);
	ns_msg message;
	unsigned rcode;

	if (!row || len > NS_MAXMSG || ns_initparse(data, (int)len, &message) < 0)
		return false;
	rcode = (unsigned)ns_msg_getflag(message, ns_f_rcode);
	out->rcode = rcode < RCODE_COUNT ? rcode_texts[rcode] : "UNKNOWN";
	out->authoritative = ns_msg_getflag(message, ns_f_aa);
	out->truncated = ns_msg_getflag(message, ns_f_tc);
	out->count = out->total = 0;
	out->min_ttl_s = -1;
	for (int i = 0; i < ns_msg_count(message, ns_s_an); i++) {
		ns_rr found;

		if (ns_parserr(&message, ns_s_an, i, &found) < 0)
			return false;
		if ((int)ns_rr_type(found) == type)
			add_record(out, row, &message, &found);
	}
	return true;
}
