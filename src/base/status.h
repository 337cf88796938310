/* status.h - what a call that can fail returns, and the text a person reads.
 *
 * Owns:    nothing. `struct bw_error` belongs to the caller and may be NULL everywhere.
 * Errors:  BW_OK is 0; outputs stay untouched on failure.
 * Threads: any.
 */
#ifndef BW_BASE_STATUS_H
#define BW_BASE_STATUS_H

#define BW_MUST_USE __attribute__((warn_unused_result))
#define BW_PRINTF(text, first) __attribute__((format(printf, text, first)))

enum bw_status {
	BW_OK = 0,
	BW_EINVAL,    /* an argument breaks the contract */
	BW_ENOMEM,    /* no memory */
	BW_ELIMIT,    /* a stated maximum would be passed */
	BW_EPARSE,    /* text that is not what it should be */
	BW_EIO,       /* the system refused: file, socket, process */
	BW_ENOTFOUND, /* no such thing */
	BW_EEXIST,    /* there is one already */
	BW_ETIMEDOUT, /* too late */
	BW_ECORRUPT,  /* stored bytes are damaged */
};

enum { BW_ERROR_TEXT_MAX = 512 };

/* One line without a newline, "what failed: why; what to do"; cut with "..." when longer. */
struct bw_error {
	char text[BW_ERROR_TEXT_MAX];
};

/* A short English word or two for a status, for example "no memory". Never NULL. */
const char *bw_status_text(enum bw_status status);

/* Fills `err` if it is not NULL and returns `status`, so that a failure is one line. */
enum bw_status bw_fail(struct bw_error *err, enum bw_status status, const char *format, ...)
	BW_PRINTF(3, 4);

#endif
