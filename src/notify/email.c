/* email.c - one mail for each notice, over TLS, made so that readers show a trouble as a thread.
 *
 * Message-ID comes from the notice's key, so a mail sent twice is seen as the same one. References
 * name an identity made of the alert's number and beginning: every mail of one alert has it, and no
 * mail is it, which readers thread by all the same, even when the first was never delivered.
 *
 * Nothing foreign reaches a header but through header_text(), which leaves one line of ASCII. The
 * body is quoted-printable: lines stay short whatever is in them.
 */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/text.h"
#include "base/xalloc.h"
#include "io/mail.h"
#include "notify/message.h"
#include "notify/post.h"

enum {
	RECIPIENTS_MAX = 50,
	ADDRESS_MAX = 254,
	NAME_MAX = 128,
	TEXT_LIMIT = 32000,
	SUBJECT_MAX = 200,
	WORD_BYTES = 39, /* of text in one encoded word: 52 of base64, 64 with its marks */
	LINE_COLUMNS = 76,
};

enum email_tls { EMAIL_TLS_REQUIRED, EMAIL_TLS_NONE };

struct email_settings {
	const char *server, *user, *password, *from;
	struct config_list to; /* of const char * */
	int starttls;
	struct config_tls tls;
	/* split by prepare */
	char *sender;      /* bare address */
	char **recipients; /* bare addresses, ended by NULL */
};

struct email_attempt {
	struct io_mail *mail;
};

static const char *const starttls_words[] = { "required", "none", NULL };

static const struct config_field fields[] = {
	{ .name = "server",
	  .type = CONFIG_URL,
	  .offset = offsetof(struct email_settings, server),
	  .required = true,
	  .help = "smtps://host (port 465) is TLS from the start, smtp://host (port 587) by "
		  "STARTTLS",
	  .example = "smtps://mail.example.org" },
	{ .name = "user",
	  .type = CONFIG_TEXT,
	  .offset = offsetof(struct email_settings, user),
	  .help = "Name to log in with",
	  .example = "bellwether@example.org" },
	{ .name = "password",
	  .type = CONFIG_SECRET,
	  .offset = offsetof(struct email_settings, password),
	  .help = "Password to log in with",
	  .example = "${MAIL_PASSWORD}" },
	{ .name = "from",
	  .type = CONFIG_TEXT,
	  .offset = offsetof(struct email_settings, from),
	  .required = true,
	  .help = "Who sends it: address@host or Name <address@host>",
	  .example = "Bellwether <bellwether@example.org>" },
	{ .name = "to",
	  .type = CONFIG_TEXT_LIST,
	  .offset = offsetof(struct email_settings, to),
	  .required = true,
	  .min = 1,
	  .max = RECIPIENTS_MAX,
	  .help = "Who gets it",
	  .example = "[ops@example.org, \"Ada <ada@example.org>\"]" },
	{ .name = "starttls",
	  .type = CONFIG_WORD,
	  .offset = offsetof(struct email_settings, starttls),
	  .standard = "required",
	  .words = starttls_words,
	  .help = "Of smtp://: `required` sends nothing to a server without STARTTLS; `none` never "
		  "encrypts, for a relay on this host" },
	{ .name = "tls",
	  .type = CONFIG_OBJECT,
	  .offset = offsetof(struct email_settings, tls),
	  .fields = config_tls_fields,
	  .help = "How the server is trusted" },
	{ 0 },
};

/* Addresses */

/* One that needs neither quotes nor anything but ASCII. */
static bool is_address(const char *text, size_t len)
{
	const char *at = memchr(text, '@', len);

	if (len > ADDRESS_MAX || !at || at == text || at + 1 == text + len)
		return false;
	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)text[i]) && text + i != at &&
		    !strchr("!#$%&'*+/=?^_`{|}~.-", text[i]))
			return false;
	return true;
}

/* "Name <a@b>" or "a@b": the address in between; false: neither. */
static bool split_address(const char *text, struct bw_buf *name, const char **address, size_t *len)
{
	const char *open = strrchr(text, '<'), *close = open ? strchr(open, '>') : NULL;
	const char *end = open;

	if (text[strcspn(text, "\r\n")] != '\0')
		return false;
	if (!open) {
		*address = text;
		*len = strlen(text);
		return is_address(text, *len);
	}
	while (end > text && (end[-1] == ' ' || end[-1] == '"'))
		end--;
	while (text < end && (*text == ' ' || *text == '"'))
		text++;
	if (!close || close[1] != '\0' || end - text > NAME_MAX)
		return false;
	bw_buf_append(name, text, (size_t)(end - text));
	*address = open + 1;
	*len = (size_t)(close - open - 1);
	return is_address(*address, *len);
}

static char *bare_address(const char *text)
{
	struct bw_buf name;
	const char *address;
	char *bare = NULL;
	size_t len;

	bw_buf_init(&name, 0);
	if (split_address(text, &name, &address, &len))
		bare = xstrndup(address, len);
	bw_buf_finish(&name);
	return bare;
}

/* Headers */

/* As much of clean UTF-8 as one encoded word may hold, no character torn. */
static size_t word_length(const char *text)
{
	size_t len = strnlen(text, WORD_BYTES);

	if (text[len])
		while (len > 1 && ((unsigned char)text[len] & 0xC0) == 0x80)
			len--;
	return len;
}

static bool is_plain(const char *text)
{
	for (const char *at = text; *at; at++)
		if (*at < ' ' || *at > '~')
			return false;
	return !strstr(text, "=?") && strlen(text) <= LINE_COLUMNS - 10;
}

/* Foreign text as the value of a header: one clean line, or encoded words on lines of their own
 * (RFC 2047). */
static void header_text(const char *text, struct bw_buf *out)
{
	char clean[SUBJECT_MAX];

	bw_text_clean(text, strlen(text), clean, sizeof(clean));
	if (is_plain(clean)) {
		bw_buf_text(out, clean);
		return;
	}
	for (const char *at = clean; *at;) {
		size_t len = word_length(at);

		if (at > clean)
			bw_buf_text(out, "\r\n ");
		bw_buf_text(out, "=?UTF-8?B?");
		bw_base64_append(out, at, len);
		bw_buf_text(out, "?=");
		at += len;
	}
}

static void put_address(const char *text, struct bw_buf *out)
{
	struct bw_buf name;
	const char *address;
	size_t len;

	bw_buf_init(&name, 0);
	if (!split_address(text, &name, &address, &len)) {
		bw_buf_finish(&name);
		return;
	}
	if (name.len > 0 && is_plain(name.data) && !strpbrk(name.data, "\"\\"))
		bw_buf_format(out, "\"%s\" ", name.data);
	else if (name.len > 0)
		header_text(name.data, out);
	if (name.len > 0 && out->data[out->len - 1] != ' ')
		bw_buf_byte(out, ' ');
	bw_buf_byte(out, '<');
	bw_buf_append(out, address, len);
	bw_buf_byte(out, '>');
	bw_buf_finish(&name);
}

static void put_recipients(const struct email_settings *settings, struct bw_buf *out)
{
	const char *const *to = settings->to.items;

	bw_buf_text(out, "To: ");
	for (size_t i = 0; i < settings->to.count; i++) {
		if (i > 0)
			bw_buf_text(out, ",\r\n ");
		put_address(to[i], out);
	}
	bw_buf_text(out, "\r\n");
}

/* "Mon, 02 Mar 2026 14:30:00 +0000", whatever the locale. */
static void put_date(struct bw_wall now, struct bw_buf *out)
{
	static const char days[] = "ThuFriSatSunMonTueWed"; /* 1970-01-01 was a Thursday */
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	char iso[BW_WALL_TEXT_MAX];
	int64_t day = now.us / (86400 * BW_SECOND_US);
	long month;

	bw_wall_format(now, iso);
	month = strtol(iso + 5, NULL, 10);
	bw_buf_format(out, "Date: %.3s, %.2s %.3s %.4s %.8s +0000\r\n", days + 3 * (day % 7),
		      iso + 8, months + 3 * (month - 1), iso, iso + 11);
}

/* Letters, digits and dashes of `text`: it stands within an identity. */
static void put_identity(const char *text, const char *domain, struct bw_buf *out)
{
	bw_buf_byte(out, '<');
	for (const char *at = text; *at; at++)
		bw_buf_byte(out, isalnum((unsigned char)*at) || *at == '-' ? *at : '.');
	bw_buf_format(out, "@%s>", domain);
}

static void put_threads(const struct notice *notice, const char *domain, struct bw_buf *out)
{
	char id[64];

	bw_buf_text(out, "Message-ID: ");
	put_identity(notice->key, domain, out);
	bw_buf_text(out, "\r\n");
	if (notice->count == 0 || notice->kind == NOTICE_TEST)
		return;
	bw_buf_text(out, "References:");
	for (size_t i = 0; i < notice->count; i++) {
		snprintf(id, sizeof(id), "alert-a%" PRIu64 "-%" PRId64, notice->alerts[i].id,
			 notice->alerts[i].started.us);
		bw_buf_text(out, i > 0 ? "\r\n " : " ");
		put_identity(id, domain, out);
	}
	bw_buf_text(out, "\r\n");
}

static void put_headers(const struct channel_attempt *attempt, struct bw_buf *out)
{
	const struct email_settings *settings = channel_settings(attempt);
	const struct notice *notice = channel_notice(attempt);
	const char *domain = strchr(settings->sender, '@') + 1;
	char headline[MESSAGE_HEADLINE_MAX];

	message_headline(notice, headline);
	bw_buf_text(out, "From: ");
	put_address(settings->from, out);
	bw_buf_text(out, "\r\n");
	put_recipients(settings, out);
	bw_buf_text(out, "Subject: ");
	header_text(headline, out);
	bw_buf_text(out, "\r\n");
	put_date(io_loop_wall(channel_loop(attempt)), out);
	put_threads(notice, domain, out);
	bw_buf_text(out, "MIME-Version: 1.0\r\n"
			 "Content-Type: text/plain; charset=UTF-8\r\n"
			 "Content-Transfer-Encoding: quoted-printable\r\n"
			 "Auto-Submitted: auto-generated\r\n");
	if (notice->kind != NOTICE_RESOLVED && notice_severity(notice) == BW_SEVERITY_CRITICAL &&
	    notice->kind != NOTICE_TEST)
		bw_buf_text(out, "Importance: high\r\n");
	bw_buf_text(out, "\r\n");
}

/* The body */

static void put_quoted_line(const char *line, size_t len, struct bw_buf *out)
{
	size_t columns = 0;

	for (size_t i = 0; i < len; i++) {
		unsigned char byte = (unsigned char)line[i];
		bool is_last_blank = byte == ' ' && i + 1 == len;
		bool is_plain_byte = byte >= ' ' && byte <= '~' && byte != '=' && !is_last_blank;
		size_t width = is_plain_byte ? 1 : 3;

		if (columns + width > LINE_COLUMNS - 1) {
			bw_buf_text(out, "=\r\n");
			columns = 0;
		}
		if (is_plain_byte)
			bw_buf_byte(out, (char)byte);
		else
			bw_buf_format(out, "=%02X", byte);
		columns += width;
	}
	bw_buf_text(out, "\r\n");
}

static void put_body(const struct channel_attempt *attempt, struct bw_buf *out)
{
	static const struct message_style style = { .limit = TEXT_LIMIT };
	const struct notice *notice = channel_notice(attempt);
	char headline[MESSAGE_HEADLINE_MAX];
	struct bw_buf text;
	const char *line, *end;

	bw_buf_init(&text, 0);
	message_headline(notice, headline);
	bw_buf_format(&text, "%s\n\n", headline);
	message_write(notice, channel_page_url(attempt), &style, &text);
	for (line = text.data; *line; line = *end ? end + 1 : end) {
		end = line + strcspn(line, "\n");
		put_quoted_line(line, (size_t)(end - line), out);
	}
	bw_buf_finish(&text);
}

/* An attempt */

static void on_end(void *arg, const struct io_mail_result *result)
{
	struct channel_attempt *attempt = arg;
	char reply[CHANNEL_TEXT_MAX / 2];

	if (result->error.failure != IO_OK) {
		channel_done(attempt, CHANNEL_RETRY, 0, "%s", result->error.text);
		return;
	}
	bw_text_clean(result->reply, strlen(result->reply), reply, sizeof(reply));
	if (result->code / 100 == 5)
		channel_done(attempt, CHANNEL_REFUSED, 0, "%s", reply);
	else if (result->code >= 400)
		channel_done(attempt, CHANNEL_RETRY, 0, "%s", reply);
	else if (result->refused > 0)
		channel_done(attempt, CHANNEL_SENT, 0, "%s (%d of %zu recipients were refused)",
			     reply, result->refused,
			     ((const struct email_settings *)channel_settings(attempt))->to.count);
	else
		channel_done(attempt, CHANNEL_SENT, 0, "%s", reply);
}

static void email_start(struct channel_attempt *attempt)
{
	const struct email_settings *settings = channel_settings(attempt);
	struct email_attempt *email = channel_data(attempt);
	struct io_mail_options options = {
		.url = settings->server,
		.user = settings->user,
		.password = settings->password,
		.from = settings->sender,
		.to = (const char *const *)settings->recipients,
		.plain = settings->starttls == EMAIL_TLS_NONE,
	};
	struct bw_buf message;
	struct bw_error err;
	enum bw_status status;

	bw_buf_init(&message, 0);
	put_headers(attempt, &message);
	put_body(attempt, &message);
	options.message = message.data;
	options.message_len = message.len;
	post_tls_options(&settings->tls, &options.tls);
	status =
		io_mail_start(channel_loop(attempt), &options, on_end, attempt, &email->mail, &err);
	bw_buf_finish(&message);
	if (status == BW_OK)
		return;
	email->mail = NULL;
	channel_done(attempt, CHANNEL_REFUSED, 0, "%s", err.text);
}

static void email_stop(struct channel_attempt *attempt)
{
	struct email_attempt *email = channel_data(attempt);

	io_mail_stop(email->mail);
	email->mail = NULL;
}

/* Once per configuration */

static void prepare_recipients(struct email_settings *settings,
			       struct config_complaints *complaints, const struct config_node *node)
{
	const char *const *to = settings->to.items;
	size_t count = 0;

	settings->recipients = xcalloc(settings->to.count + 1, sizeof(*settings->recipients));
	for (size_t i = 0; i < settings->to.count; i++) {
		char *address = bare_address(to[i]);

		if (address)
			settings->recipients[count++] = address;
		else
			config_complain_at(complaints, node, "to", "\"%s\" is no address", to[i]);
	}
}

static void email_prepare(void *settings_arg, struct config_complaints *complaints,
			  const struct config_node *node)
{
	struct email_settings *settings = settings_arg;
	struct bw_error err;

	if (settings->server && io_mail_check_url(settings->server, &err) != BW_OK)
		config_complain_at(complaints, node, "server", "%s", err.text);
	if (settings->from) {
		settings->sender = bare_address(settings->from);
		if (!settings->sender)
			config_complain_at(complaints, node, "from", "\"%s\" is no address",
					   settings->from);
	}
	prepare_recipients(settings, complaints, node);
	if (settings->password && !settings->user)
		config_complain_at(complaints, node, "password", "needs a user");
	if (settings->starttls == EMAIL_TLS_NONE && settings->password)
		config_warn(complaints, node,
			    "with `starttls: none` the password crosses the network unencrypted");
}

static void email_release(void *settings_arg)
{
	struct email_settings *settings = settings_arg;

	for (char **address = settings->recipients; address && *address; address++)
		free(*address);
	free(settings->recipients);
	free(settings->sender);
	settings->recipients = NULL;
	settings->sender = NULL;
}

const struct channel_kind channel_kind_email = {
	.name = "email",
	.summary = "mail, over SMTP with TLS",
	.fields = fields,
	.settings_size = sizeof(struct email_settings),
	.attempt_size = sizeof(struct email_attempt),
	.prepare = email_prepare,
	.release = email_release,
	.start = email_start,
	.stop = email_stop,
};
