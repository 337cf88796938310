/* document.c - reads files, parses each, joins the maps at their roots.
 *
 * A folder's lists are linked one behind the other without copying: nodes of one document share an
 * arena.
 */
#include "config/document.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/xalloc.h"
#include "config/file.h"
#include "config/parse.h"
#include "config/report.h"

enum { FILES_MAX = 1000, FOLDER_MAX = 64 << 20 };

struct config_document {
	struct bw_arena *arena;
	struct config_file **files;
	size_t file_count, total;
	struct config_node *root, *last; /* last child of the root */
};

static struct config_document *document_create(void)
{
	struct config_document *document = xcalloc(1, sizeof *document);

	document->arena = xarena_create();
	document->root = xarena_alloc(document->arena, sizeof *document->root);
	return document;
}

void config_document_destroy(struct config_document *document)
{
	if (!document)
		return;
	for (size_t i = 0; i < document->file_count; i++)
		config_file_destroy(document->files[i]);
	free(document->files);
	bw_arena_destroy(document->arena);
	free(document);
}

const struct config_node *config_document_root(const struct config_document *document)
{
	return document->root;
}

static struct config_node *find_child(struct config_node *root, const char *key)
{
	for (struct config_node *child = root->first; child; child = child->next)
		if (strcmp(child->key, key) == 0)
			return child;
	return NULL;
}

static void join_list(struct config_node *list, const struct config_node *more)
{
	struct config_node **end = &list->first;

	while (*end)
		end = &(*end)->next;
	*end = more->first;
	list->count += more->count;
}

static void join_entry(struct config_document *document, struct config_node *entry,
		       struct config_complaints *complaints)
{
	struct config_node *same = find_child(document->root, entry->key);
	struct config_place first;

	if (!same) {
		entry->next = NULL;
		if (document->last)
			document->last->next = entry;
		else
			document->root->first = entry;
		document->last = entry;
		document->root->count++;
		return;
	}
	if (same->kind == CONFIG_NODE_LIST && entry->kind == CONFIG_NODE_LIST) {
		join_list(same, entry);
		return;
	}
	first = config_file_place(same->file, same->key_begin);
	config_complain_key(complaints, entry,
			    "`%.80s` is already given at %s:%zu:%zu; only lists may stand in "
			    "several files",
			    entry->key, same->file->name, first.line, first.column);
}

static void join(struct config_document *document, struct config_node *root,
		 struct config_complaints *complaints)
{
	if (root->kind == CONFIG_NODE_EMPTY) {
		if (!document->root->file)
			document->root->file = root->file;
		return;
	}
	if (root->kind != CONFIG_NODE_MAP) {
		config_complain(complaints, root,
				"a map of settings such as `components:` expected, not %s",
				config_node_kind_text(root));
		return;
	}
	if (document->root->kind != CONFIG_NODE_MAP) {
		document->root->kind = CONFIG_NODE_MAP;
		document->root->file = root->file;
		document->root->begin = root->begin;
		document->root->end = root->end;
	}
	for (struct config_node *entry = root->first, *next; entry; entry = next) {
		next = entry->next;
		join_entry(document, entry, complaints);
	}
}

static void add_text(struct config_document *document, const char *name, const char *text,
		     size_t len, struct config_complaints *complaints)
{
	struct config_file *file = config_file_create(name, text, len);
	struct config_node *root;

	document->files =
		xrealloc(document->files, (document->file_count + 1) * sizeof *document->files);
	document->files[document->file_count++] = file;
	document->total += len;
	root = config_parse(document->arena, file, complaints);
	if (root)
		join(document, root, complaints);
}

struct config_document *config_document_parse(const char *name, const char *text, size_t len,
					      struct config_complaints *complaints)
{
	struct config_document *document = document_create();

	if (len > CONFIG_FILE_MAX)
		config_complain(complaints, NULL,
				"this is longer than 16 MiB; split it into a folder of files");
	else
		add_text(document, name, text, len, complaints);
	return document;
}

static enum bw_status read_fd(int fd, struct bw_buf *buf)
{
	ssize_t got;

	do {
		if (!bw_buf_reserve(buf, 64 << 10))
			return buf->status;
		got = read(fd, buf->data + buf->len, 64 << 10);
		if (got > 0)
			buf->len += (size_t)got;
	} while (got > 0 || (got < 0 && errno == EINTR));
	if (buf->len > CONFIG_FILE_MAX)
		return BW_ELIMIT;
	return got < 0 ? BW_EIO : BW_OK;
}

/* `shown` stands for the file where the message does not begin with its name. */
static enum bw_status add_file(struct config_document *document, const char *path,
			       const char *shown, struct config_complaints *complaints)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	enum bw_status status;
	struct bw_buf buf;

	if (fd < 0) {
		config_complain(complaints, NULL, "%s cannot be opened: %s", shown,
				strerror(errno));
		return errno == ENOENT ? BW_ENOTFOUND : BW_EIO;
	}
	bw_buf_init(&buf, CONFIG_FILE_MAX + (128 << 10));
	status = read_fd(fd, &buf);
	if (status == BW_OK)
		add_text(document, path, buf.data, buf.len, complaints);
	else if (status == BW_ELIMIT)
		config_complain(complaints, NULL,
				"%s is longer than 16 MiB; split it into a folder of files", shown);
	else
		config_complain(complaints, NULL, "%s cannot be read: %s", shown, strerror(errno));
	bw_buf_finish(&buf);
	close(fd);
	return status == BW_EIO ? BW_EIO : BW_OK;
}

static int is_yaml(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return dot && entry->d_name[0] != '.' &&
	       (strcmp(dot, ".yaml") == 0 || strcmp(dot, ".yml") == 0);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static enum bw_status add_folder(struct config_document *document, const char *path,
				 struct config_complaints *complaints)
{
	struct dirent **entries = NULL;
	int count = scandir(path, &entries, is_yaml, by_name);
	enum bw_status status = BW_OK;

	if (count < 0) {
		config_complain(complaints, NULL, "the folder cannot be read: %s", strerror(errno));
		return BW_EIO;
	}
	if (count == 0)
		config_complain(complaints, NULL, "the folder holds no *.yaml or *.yml file");
	if (count > FILES_MAX)
		config_complain(complaints, NULL, "the folder holds more than %d files", FILES_MAX);
	for (int i = 0; i < count; i++) {
		char *file = NULL;

		if (count <= FILES_MAX && document->total <= FOLDER_MAX && status == BW_OK &&
		    asprintf(&file, "%s/%s", path, entries[i]->d_name) >= 0)
			status = add_file(document, file, entries[i]->d_name, complaints);
		free(file);
		free(entries[i]);
	}
	free(entries);
	if (document->total > FOLDER_MAX)
		config_complain(complaints, NULL, "the files are longer than 64 MiB together");
	return status;
}

enum bw_status config_document_load(const char *path, struct config_complaints *complaints,
				    struct config_document **out)
{
	struct config_document *document = document_create();
	enum bw_status status;
	struct stat info;

	if (stat(path, &info) == 0 && S_ISDIR(info.st_mode))
		status = add_folder(document, path, complaints);
	else
		status = add_file(document, path, "the file", complaints);
	*out = document;
	return status;
}
