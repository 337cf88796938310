/* status.h - what a call that can fail returns, and the text a person reads.
 *
 * Owns:    nothing. `struct bw_error` belongs to the caller and may be NULL everywhere.
 * Errors:  BW_OK is 0; outputs stay untouched on failure.
 * Threads: any.
 */
#ifndef BELLWETHER_STATUS_H
#define BELLWETHER_STATUS_H

#ifdef __cplusplus
extern "C" {
#endif

#define BW_MUST_USE __attribute__((warn_unused_result))
/* On every call that libbellwether exports; nothing else is linkable. */
#define BW_PUBLIC __attribute__((visibility("default")))

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
	BW_EACCES,    /* not allowed, for example a write through a read-only region */
};

enum { BW_ERROR_TEXT_MAX = 512 };

/* One line without a newline, "what failed: why; what to do"; cut with "..." when longer. */
struct bw_error {
	char text[BW_ERROR_TEXT_MAX];
};

/* A short English word or two for a status, for example "no memory". Never NULL. */
BW_PUBLIC const char *bw_status_text(enum bw_status status);

#ifdef __cplusplus
}
#endif
#endif
