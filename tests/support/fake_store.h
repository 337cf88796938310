/* fake_store.h - the records of a store, in memory, on the scripted loop: what is committed, what
 * is not yet, and a disk that refuses or hangs when it is told to.
 *
 * It stands for storage/store.h; a test names it before the real folder.
 *
 * Owns:    copies of everything.
 */
#ifndef BW_SUPPORT_FAKE_STORE_H
#define BW_SUPPORT_FAKE_STORE_H

#include <stdint.h>

#include "io/loop.h"
#include "storage/store.h"

#define FAKE_STORE_COMMIT_US 2000
#define FAKE_STORE_READ_US 500

enum fake_disk { FAKE_DISK_WORKS, FAKE_DISK_REFUSES, FAKE_DISK_HANGS };

struct store *fake_store_create(struct io_loop *loop);
/* Whoever waits is answered BW_EIO. */
void fake_store_destroy(struct store *store);
void fake_store_set(struct store *store, enum fake_disk disk);
/* As after a kill -9: what was not committed is lost. Whoever asked must be gone; their questions
 * end here. */
void fake_store_crash(struct store *store);
/* Records of this kind on disk, and how many of them are in force. */
size_t fake_store_count(const struct store *store, enum store_record_kind kind, bool in_force);
uint64_t fake_store_commits(const struct store *store);
/* What questions are asked of, and what the status says. */
void fake_store_set_view(struct store *store, struct store_view *view);
void fake_store_set_status(struct store *store, const struct store_status *status);

#endif
