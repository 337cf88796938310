/* alert_remote.c - one question each, and one place for what may be wrong with the answer. */
#include "cli/alert_remote.h"

#include <inttypes.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/overview.h"
#include "cli/print.h"
#include "config/units.h"

enum { ID_DIGITS_MAX = 19 };

const char *alert_remote_url(const struct cli_options *options)
{
	return options->url ? options->url : CLI_STANDARD_URL;
}

struct bw_wall alert_remote_now(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	return (struct bw_wall){ now.tv_sec * BW_SECOND_US + now.tv_nsec / 1000 };
}

/* What the daemon says is wrong, or its status. */
static int refuse(const struct cli_options *options, const json_t *problem, int http_status)
{
	const char *detail = cli_text_at(problem, "detail");

	if (!*detail) {
		cli_fail("%s answers with HTTP status %d; name a daemon with --url",
			 alert_remote_url(options), http_status);
		return EX_PROTOCOL;
	}
	cli_fail("%s refuses: %s", alert_remote_url(options), detail);
	return http_status == 404 ? EX_NOINPUT : EX_DATAERR;
}

int alert_remote_ask(const struct cli_options *options, const struct cli_request *request,
		     void (*missing)(const struct cli_options *options), json_t **answer)
{
	struct bw_buf body;
	json_t *root;
	int http_status = 0, status;

	bw_buf_init(&body, 0);
	status = cli_ask_for(alert_remote_url(options), request, &body, &http_status);
	root = json_loadb(body.data ? body.data : "", body.len, 0, NULL);
	bw_buf_finish(&body);
	if (status == EX_OK && http_status == 404 && missing) {
		missing(options);
		status = EX_NOINPUT;
	} else if (status == EX_OK && (http_status < 200 || http_status > 299)) {
		status = refuse(options, root, http_status);
	} else if (status == EX_OK && !json_is_object(root)) {
		cli_fail("the answer of %s is no JSON object; name a daemon with --url",
			 alert_remote_url(options));
		status = EX_PROTOCOL;
	}
	if (status == EX_OK)
		*answer = root;
	else
		json_decref(root);
	return status;
}

const char *alert_remote_person(const struct cli_options *options)
{
	const struct passwd *user;

	if (options->by && *options->by)
		return options->by;
	user = getpwuid(getuid());
	if (user && *user->pw_name)
		return user->pw_name;
	cli_fail("nobody knows the name of user %ld; say who you are with --by", (long)getuid());
	return "";
}

bool alert_remote_id(const char *word, char letter, char *out, size_t size)
{
	const char *digits = *word == letter ? word + 1 : word;
	size_t len = strlen(digits);

	if (len == 0 || len > ID_DIGITS_MAX || strspn(digits, "0123456789") != len)
		return false;
	bw_text_format(out, size, "%c%s", letter, digits);
	return true;
}

bool alert_remote_time(const char *command, const char *option, const char *text,
		       struct bw_wall *out)
{
	if (bw_wall_parse(text, out) == BW_OK)
		return true;
	cli_fail("%s: --%s=%s is no time; write one such as 2026-12-01T22:00:00Z", command, option,
		 text);
	return false;
}

bool alert_remote_end(const struct cli_options *options, const char *command, struct bw_json *json)
{
	struct bw_wall until;
	int64_t duration_us;

	if (options->duration && options->until) {
		cli_fail("%s: --for and --until say the same; keep one", command);
		return false;
	}
	if (options->duration &&
	    (config_duration_parse(options->duration, &duration_us) != BW_OK || duration_us <= 0)) {
		cli_fail("%s: --for=%s is no duration; write 30m, 2h or 1d12h", command,
			 options->duration);
		return false;
	}
	if (options->until && !alert_remote_time(command, "until", options->until, &until))
		return false;
	if (options->duration)
		bw_json_member_string(json, "for", options->duration);
	if (options->until) {
		bw_json_key(json, "until");
		bw_json_wall(json, until);
	}
	return true;
}

void alert_remote_print_json(const json_t *answer)
{
	char *text = json_dumps(answer, JSON_COMPACT);
	struct bw_buf buf;

	bw_buf_init(&buf, 0);
	bw_buf_text(&buf, text ? text : "");
	bw_buf_byte(&buf, '\n');
	free(text);
	cli_out(&buf);
}
