/* document.h - a configuration as it was written: one file, or every *.yaml and *.yml of a folder.
 *
 * Owns:    its files and its nodes, until config_document_destroy(). Values that were decoded live
 *          in an arena of the caller's and outlive it.
 * Limits:  16 MiB a file, 64 MiB and 1,000 files a folder.
 * Threads: one at a time.
 */
#ifndef BW_CONFIG_DOCUMENT_H
#define BW_CONFIG_DOCUMENT_H

#include <stddef.h>

#include "base/status.h"
#include "config/complain.h"
#include "config/node.h"

struct config_document;

/* What is wrong goes to `complaints`; the document is there all the same, with what could be read.
 * BW_ENOTFOUND or BW_EIO: a file could not be read; *out is set even then, as complaints point into
 * it. */
BW_MUST_USE enum bw_status config_document_load(const char *path,
						struct config_complaints *complaints,
						struct config_document **out);
/* From memory; `name` stands for the file in messages. */
struct config_document *config_document_parse(const char *name, const char *text, size_t len,
					      struct config_complaints *complaints);
/* NULL is allowed. */
void config_document_destroy(struct config_document *document);
/* A map, or an empty node. In a folder the maps of its files joined: lists given in several files
 * are one list, anything else given twice was complained about. */
const struct config_node *config_document_root(const struct config_document *document);

#endif
