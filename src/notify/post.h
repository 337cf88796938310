/* post.h - one HTTP request of an attempt, and what its answer means for the message.
 *
 * 2xx: sent. 408, 425, 429, 5xx and every trouble with the connection: again later, when the answer
 * said so in Retry-After (seconds or a date) or in its JSON (`retry_after`, as Discord and Telegram
 * do). Anything else: refused; a redirect too, because the address in the configuration is wrong.
 *
 * Owns:    the request in flight, until post_stop().
 * Limits:  POST_ANSWER_MAX bytes of an answer are read.
 * Threads: the loop's.
 */
#ifndef BW_NOTIFY_POST_H
#define BW_NOTIFY_POST_H

#include "base/buf.h"
#include "config/tls.h"
#include "io/fetch.h"
#include "notify/channel.h"

enum { POST_ANSWER_MAX = 16384, POST_BODY_MAX = 1 << 20 };

/* The settings of every kind that speaks HTTP; POST_FIELDS are their rows. */
struct post_settings {
	const char *proxy;
	struct config_tls tls;
};

#define POST_FIELDS(settings, member)                                                              \
	{ .name = "proxy",                                                                         \
	  .type = CONFIG_URL,                                                                      \
	  .offset = offsetof(settings, member) + offsetof(struct post_settings, proxy),            \
	  .help = "http:// or socks5:// proxy; the environment's variables are not read",          \
	  .example = "http://proxy.example.org:3128" },                                            \
	{                                                                                          \
		.name = "tls", .type = CONFIG_OBJECT,                                              \
		.offset = offsetof(settings, member) + offsetof(struct post_settings, tls),        \
		.fields = config_tls_fields, .help = "How an https server is trusted"              \
	}

struct post_answer {
	enum channel_outcome outcome;
	int64_t retry_us;            /* 0: the answer did not say */
	char text[CHANNEL_TEXT_MAX]; /* "HTTP 404: no such hook"; foreign */
};

typedef void post_callback(struct channel_attempt *attempt, const struct post_answer *answer);

/* Lies in the data of an attempt. */
struct post {
	struct channel_attempt *attempt;
	struct io_fetch *fetch;
	post_callback *callback;
};

/* Sends what `options` say (url, headers, body, credentials); proxy, TLS and limits come from
 * `settings`. Content-Type: application/json is added when `headers` is NULL. `callback` NULL: the
 * answer ends the attempt. Another request may be started from the callback. */
void post_start(struct post *post, struct channel_attempt *attempt,
		const struct post_settings *settings, const struct io_fetch_options *options,
		post_callback *callback);
/* The same with a JSON body, which is freed, for a kind whose data begins with its struct post. */
void post_json(struct channel_attempt *attempt, const struct post_settings *settings,
	       const char *url, struct bw_buf *body);
void post_stop(struct post *post);
/* The `stop` of a kind whose data begins with its struct post. */
void post_stop_attempt(struct channel_attempt *attempt);
void post_done(struct channel_attempt *attempt, const struct post_answer *answer);

/* Reads the answer, at the time `now`. */
void post_read(const struct io_fetch_result *result, struct bw_wall now, struct post_answer *out);

/* What `tls:` says, for io; `enabled` is left alone. */
void post_tls_options(const struct config_tls *tls, struct io_tls_options *out);
/* For `prepare`: complains unless `url` can be asked over HTTP. Does not repeat it. */
void post_check_url(const char *url, const char *field, struct config_complaints *complaints,
		    const struct config_node *node);
/* `base` and `path` with one '/' between them. The caller's. */
char *post_join(const char *base, const char *path);

#endif
