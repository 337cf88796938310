/* notice_samples.h - notices to send: plain ones, and ones that want to break what carries them. */
#ifndef BW_SUPPORT_NOTICE_SAMPLES_H
#define BW_SUPPORT_NOTICE_SAMPLES_H

#include "alerts/notice.h"

/* Borrowed and constant but for what a test changes in its copy. */
struct notice_sample {
	struct notice notice;
	struct notice_alert alerts[NOTICE_ALERTS_MAX];
};

/* "db" is unhealthy since 2026-03-02 14:30:00 UTC, critical, hides 2. */
void notice_sample_plain(struct notice_sample *sample, enum notice_kind kind);
/* 20 alerts, 5 more, all texts `text`. */
void notice_sample_full(struct notice_sample *sample, const char *text);
/* Texts of about 10 KB: quotes, braces, markup of all services, emoji, right to left, controls,
 * bytes that are no UTF-8; NULL behind the last. */
const char *notice_sample_hostile(size_t nth);

#endif
