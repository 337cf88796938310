/* expiry.h - what a certificate says about its remaining life, for every kind that meets one.
 *
 * Threads: any; the time is an argument.
 */
#ifndef BW_CHECKS_EXPIRY_H
#define BW_CHECKS_EXPIRY_H

#include <stddef.h>
#include <stdint.h>

#include "base/json_write.h"
#include "base/time.h"
#include "core/health.h"
#include "io/certificate.h"

/* A limit of 0 means none. Expired or not yet valid is UNHEALTHY whatever the limits. */
struct check_expiry {
	int64_t warn_us, critical_us;
};

/* HEALTHY, or worse with its reason in `text`. */
enum bw_health check_expiry_judge(const struct io_certificate *certificate, struct bw_wall now,
				  const struct check_expiry *limits, char *text, size_t size);
/* "certificate_days_left", negative when it has run out. Writes nothing without a certificate. */
void check_expiry_write(const struct io_certificate *certificate, struct bw_wall now,
			struct bw_json *json);

#endif
