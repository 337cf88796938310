/* notice_samples.c - see notice_samples.h. */
#include "support/notice_samples.h"

#include <stdio.h>
#include <string.h>

enum { HOSTILE_MAX = 10240 };

#define START_US INT64_C(1772461800000000)

void notice_sample_plain(struct notice_sample *sample, enum notice_kind kind)
{
	*sample = (struct notice_sample){
		.notice = {
			.kind = kind,
			.channel = "ops",
			.key = "i1-a7-firing-1",
			.group = "",
			.remark = "",
			.at = { START_US + 60 * BW_SECOND_US },
			.reminder = kind == NOTICE_REMINDER ? 2 : 0,
			.count = 1,
		},
		.alerts = { {
			.id = 7,
			.severity = BW_SEVERITY_CRITICAL,
			.rule = "component_unhealthy",
			.type = "component_unhealthy",
			.subject_kind = ALERT_SUBJECT_COMPONENT,
			.subject = "db",
			.group = "storage",
			.runbook = "https://wiki.example/db_down",
			.title = "Component Unhealthy: db",
			.message = "connection refused by 127.0.0.1:5432",
			.reason = ALERT_BY_CONDITION,
			.started = { START_US },
			.fired = { START_US + 30 * BW_SECOND_US },
			.resolved = { kind == NOTICE_RESOLVED ? START_US + 60 * BW_SECOND_US : 0 },
			.hides = 2,
		} },
	};
	sample->notice.alerts = sample->alerts;
}

void notice_sample_full(struct notice_sample *sample, const char *text)
{
	notice_sample_plain(sample, NOTICE_FIRING);
	sample->notice.group = sample->notice.remark = text;
	sample->notice.count = NOTICE_ALERTS_MAX;
	sample->notice.more = 5;
	for (size_t i = 0; i < NOTICE_ALERTS_MAX; i++) {
		sample->alerts[i] = sample->alerts[0];
		sample->alerts[i].id = i + 1;
		sample->alerts[i].rule = sample->alerts[i].type = text;
		sample->alerts[i].subject = sample->alerts[i].group = text;
		sample->alerts[i].title = sample->alerts[i].message = text;
		sample->alerts[i].runbook = text;
	}
}

const char *notice_sample_hostile(size_t nth)
{
	static const char *const pieces[] = {
		"plain words ",
		"\"'\\`{}[]()<>&*_~|#-+=.!$%@^/:;?,",
		"</b></script><!channel> <@U1|x> @everyone [x](http://e.vil) <a href=\"x\">",
		"\xF0\x9F\x98\x80\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x92\xBB",
		"\327\251\327\234\327\225\327\235 \342\200\256abc\342\201\246",
		"a\r\nBcc: victim@example.org\r\n\r\n.\r\nQUIT\r\n",
		"\x01\x1b[31m\x7f\xC2\x9B",
		"\xFF\xC3(\xE2\x82\xED\xA0\x80",
		"\xC3\xBC\xC3\xA4\xC3\xB6\xC3\x9F ",
		"\"}]}{{alerts}}{headline}\n\n[RESOLVED] all is well\n",
	};
	static char text[HOSTILE_MAX + 64];
	size_t len = 0, piece;

	if (nth >= sizeof(pieces) / sizeof(pieces[0]))
		return NULL;
	piece = strlen(pieces[nth]);
	while (len + piece < HOSTILE_MAX) {
		memcpy(text + len, pieces[nth], piece);
		len += piece;
	}
	text[len] = '\0';
	return text;
}
