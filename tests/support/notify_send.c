/* notify_send.c - carries one notice to one channel of a configuration, for tests with real
 * receivers: notify_send CONFIG CHANNEL, the notice on standard input as the store keeps it.
 * Prints {"outcome", "retry_us", "text"}.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_write.h"
#include "base/xalloc.h"
#include "daemon/notify_once.h"
#include "daemon/settings.h"
#include "io/loop.h"
#include "notify/channel.h"

struct sending {
	struct io_loop *loop;
	const struct channel *channel;
	struct notice notice;
	struct channel_attempt *attempt;
	struct channel_result result;
};

static char *read_all(void)
{
	struct bw_buf text;
	char piece[4096];
	size_t len;

	bw_buf_init(&text, 0);
	while ((len = fread(piece, 1, sizeof(piece), stdin)) > 0)
		bw_buf_append(&text, piece, len);
	return bw_buf_take(&text, NULL);
}

static void on_result(void *arg, const struct channel_result *result)
{
	struct sending *sending = arg;

	sending->result = *result;
	io_loop_stop(sending->loop);
}

static void begin(void *arg)
{
	struct sending *sending = arg;

	sending->attempt = channel_start(sending->loop, sending->channel, &sending->notice,
					 on_result, sending);
}

static void print_result(const struct channel_result *result)
{
	static const char *const outcomes[] = { "sent", "retry", "refused" };
	struct bw_json json;
	struct bw_buf text;

	bw_buf_init(&text, 0);
	bw_json_init(&json, &text);
	bw_json_object_begin(&json);
	bw_json_member_string(&json, "outcome", outcomes[result->outcome]);
	bw_json_member_int(&json, "retry_us", result->retry_us);
	bw_json_member_string(&json, "text", result->text);
	bw_json_object_end(&json);
	puts(text.data);
	bw_buf_finish(&text);
}

static void run(struct sending *sending)
{
	struct io_timer *timer;

	sending->loop = io_loop_create();
	timer = io_timer_create(sending->loop, begin, sending);
	io_timer_start(timer, 0);
	io_loop_run(sending->loop);
	channel_stop(sending->attempt);
	io_timer_destroy(timer);
	io_loop_destroy(sending->loop);
	print_result(&sending->result);
}

static int send_to(struct daemon_settings *settings, const char *name, const char *notice)
{
	struct sending sending = { .loop = NULL };
	struct bw_error err;
	size_t nth;

	if (notify_once_find(settings, name, &nth, &err) != BW_OK ||
	    notice_decode(notice, &sending.notice, &err) != BW_OK) {
		fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	sending.channel = &settings->channels[nth];
	run(&sending);
	notice_finish(&sending.notice);
	return 0;
}

int main(int argc, char **argv)
{
	struct daemon_settings *settings;
	char *report, *notice;
	int status;

	if (argc != 3)
		return 64;
	if (daemon_settings_load(argv[1], &settings, &report) != BW_OK) {
		fputs(report, stderr);
		free(report);
		return 78;
	}
	notice = read_all();
	status = notice ? send_to(settings, argv[2], notice) : 66;
	free(notice);
	daemon_settings_destroy(settings);
	return status;
}
