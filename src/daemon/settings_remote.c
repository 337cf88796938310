/* settings_remote.c - `remote_write`: to whom the history is sent, and under which labels.
 *
 * A label that nobody has written is what a scrape would add: the job and the instance.
 */
#include <string.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "config/tls.h"
#include "daemon/settings_source.h"

enum { HEADERS_MAX = 64, HOST_NAME_SIZE = 256, NAME_SIZE = 24 };

const struct config_field settings_remote_fields[] = {
	{ .name = "url",
	  .type = CONFIG_URL,
	  .offset = offsetof(struct raw_remote, url),
	  .required = true,
	  .help = "Where remote-write is taken: Prometheus with --web.enable-remote-write-receiver "
		  "at /api/v1/write, VictoriaMetrics likewise, Mimir at /api/v1/push",
	  .example = "https://metrics.example.org/api/v1/write" },
	{ .name = "name",
	  .type = CONFIG_NAME,
	  .offset = offsetof(struct raw_remote, name),
	  .help = "What it is called in metrics and messages; its number when nothing is written. "
		  "How far it has the history is kept under this name, or else under the address",
	  .example = "central" },
	{ .name = "labels",
	  .type = CONFIG_TEXT_MAP,
	  .offset = offsetof(struct raw_remote, labels),
	  .help = "Labels for every series. `job` is bellwether and `instance` is "
		  "storage.instance, or the name of the host, when they are not written; an empty "
		  "text leaves one out",
	  .example = "{ env: production, instance: research-1 }" },
	{ .name = "headers",
	  .type = CONFIG_TEXT_MAP,
	  .offset = offsetof(struct raw_remote, headers),
	  .help = "Further headers of each request",
	  .example = "{ X-Scope-OrgID: \"${TENANT}\" }" },
	{ .name = "user",
	  .type = CONFIG_TEXT,
	  .offset = offsetof(struct raw_remote, user),
	  .help = "Name for basic authentication",
	  .example = "bellwether" },
	{ .name = "password",
	  .type = CONFIG_SECRET,
	  .offset = offsetof(struct raw_remote, password),
	  .help = "Password for basic authentication",
	  .example = "${METRICS_PASSWORD}" },
	{ .name = "bearer",
	  .type = CONFIG_SECRET,
	  .offset = offsetof(struct raw_remote, bearer),
	  .help = "Token for bearer authentication",
	  .example = "${METRICS_TOKEN}" },
	{ .name = "proxy",
	  .type = CONFIG_URL,
	  .offset = offsetof(struct raw_remote, proxy),
	  .help = "http:// or socks5:// proxy; the environment's variables are not read",
	  .example = "http://proxy.example.org:3128" },
	{ .name = "tls",
	  .type = CONFIG_OBJECT,
	  .offset = offsetof(struct raw_remote, tls),
	  .fields = config_tls_fields,
	  .help = "How an https server is trusted" },
	{ .name = "every",
	  .type = CONFIG_DURATION,
	  .offset = offsetof(struct raw_remote, every_us),
	  .standard = "10s",
	  .min = 1e6,
	  .max = 3600e6,
	  .help = "How often what is new is sent" },
	{ .name = "timeout",
	  .type = CONFIG_DURATION,
	  .offset = offsetof(struct raw_remote, timeout_us),
	  .standard = "30s",
	  .min = 1e5,
	  .max = 600e6,
	  .help = "A request that is not answered by then is made again" },
	{ .name = "samples",
	  .type = CONFIG_INT,
	  .offset = offsetof(struct raw_remote, samples),
	  .standard = "2000",
	  .min = 1,
	  .max = REMOTE_BATCH_MAX,
	  .help = "How many samples a request has at most" },
	{ .name = "backfill",
	  .type = CONFIG_DURATION,
	  .offset = offsetof(struct raw_remote, backfill_us),
	  .standard = "0s",
	  .min = 0,
	  .max = 400 * 86400e6,
	  .help = "How much of the history a target gets that was never sent to before, as far "
		  "as it is kept. VictoriaMetrics takes all; Prometheus refuses what is older "
		  "than about an hour" },
	{ 0 },
};

static const char *host_name(struct bw_arena *arena)
{
	char name[HOST_NAME_SIZE] = "";

	if (gethostname(name, sizeof(name) - 1) != 0)
		name[0] = '\0';
	return xarena_text(arena, name);
}

/* A name that would change what a series means is refused. */
static bool is_label(const char *name)
{
	static const char *const ours[] = { "component", "breaker", "state", "factor" };

	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		if (strcmp(name, ours[i]) == 0)
			return false;
	return *name && strncmp(name, "__", 2) != 0 && !strchr("0123456789", *name) &&
	       name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				 "0123456789_")] == '\0';
}

static bool has_label(const struct remote_settings *remote, const char *name)
{
	for (size_t i = 0; i < remote->label_count; i++)
		if (strcmp(remote->labels[i].name, name) == 0)
			return true;
	return false;
}

static void read_labels(struct daemon_settings *settings, const struct settings_source *source,
			const struct raw_remote *raw, const struct config_node *node,
			struct remote_settings *remote)
{
	const struct config_pair *pairs = raw->labels.items;
	const char *instance = settings->storage.instance;
	struct remote_label *labels =
		xarena_alloc(settings->arena, (raw->labels.count + 2) * sizeof(*labels));

	remote->labels = labels;
	if (raw->labels.count > REMOTE_LABELS_MAX - 2) {
		config_complain_at(source->complaints, node, "labels", "more than %d",
				   REMOTE_LABELS_MAX - 2);
		return;
	}
	for (size_t i = 0; i < raw->labels.count; i++) {
		if (!is_label(pairs[i].name))
			config_complain_at(
				source->complaints, node, "labels",
				"`%s` cannot be a label here: letters, digits and _, and "
				"none of component, breaker, state and factor",
				pairs[i].name);
		labels[remote->label_count++] =
			(struct remote_label){ pairs[i].name,
					       pairs[i].value ? pairs[i].value : "" };
	}
	if (!has_label(remote, "job"))
		labels[remote->label_count++] = (struct remote_label){ "job", "bellwether" };
	if (!has_label(remote, "instance"))
		labels[remote->label_count++] =
			(struct remote_label){ "instance",
					       instance ? instance : host_name(settings->arena) };
}

/* A header must stay one line, or it could say more than its name. */
static bool is_header(const struct config_pair *pair)
{
	return pair->name[0] && !strpbrk(pair->name, ":\r\n \t") &&
	       !(pair->value && strpbrk(pair->value, "\r\n"));
}

/* Whatever stands in a header may be a key. */
static void hide_headers(const struct config_node *node)
{
	const struct config_node *headers = config_node_get(node, "headers");

	for (const struct config_node *child = headers ? headers->first : NULL; child;
	     child = child->next)
		config_file_hide(child->file, (struct config_span){ child->begin, child->end });
}

static void read_headers(struct daemon_settings *settings, const struct settings_source *source,
			 const struct raw_remote *raw, const struct config_node *node,
			 struct remote_settings *remote)
{
	const struct config_pair *pairs = raw->headers.items;
	const char **headers =
		xarena_alloc(settings->arena, (raw->headers.count + 1) * sizeof(*headers));
	struct bw_buf text;

	hide_headers(node);
	headers[raw->headers.count] = NULL;
	remote->headers = headers;
	if (raw->headers.count > HEADERS_MAX)
		config_complain_at(source->complaints, node, "headers", "more than %d",
				   HEADERS_MAX);
	for (size_t i = 0; i < raw->headers.count; i++) {
		if (!is_header(&pairs[i]))
			config_complain_at(source->complaints, node, "headers", "`%s` is no header",
					   pairs[i].name);
		bw_buf_init(&text, 0);
		bw_buf_format(&text, "%s: %s", pairs[i].name, pairs[i].value ? pairs[i].value : "");
		headers[i] = xarena_text(settings->arena, text.data);
		bw_buf_finish(&text);
	}
}

static bool is_web(const char *url)
{
	return strncmp(url, "http://", 7) == 0 || strncmp(url, "https://", 8) == 0;
}

static void complain(const struct settings_source *source, const struct raw_remote *raw,
		     const struct config_node *node)
{
	struct config_complaints *complaints = source->complaints;

	if (raw->url && !is_web(raw->url))
		config_complain_at(complaints, node, "url",
				   "it begins with neither http:// nor https://");
	if (raw->bearer && (raw->user || raw->password))
		config_complain_at(complaints, node, "bearer",
				   "goes with neither user nor password");
	if (raw->password && !raw->user)
		config_complain_at(complaints, node, "password", "needs a user");
}

static void read_remote(struct daemon_settings *settings, const struct settings_source *source,
			size_t nth, const struct config_node *node)
{
	const struct raw_remote *raw =
		(const struct raw_remote *)source->raw.remote_write.items + nth;
	struct remote_settings *remote = &settings->remotes[nth];
	char number[NAME_SIZE];

	snprintf(number, sizeof(number), "%zu", nth + 1);
	*remote = (struct remote_settings){
		.name = raw->name ? raw->name : xarena_text(settings->arena, number),
		.url = raw->url ? raw->url : "",
		.user = raw->user,
		.password = raw->password,
		.bearer = raw->bearer,
		.proxy = raw->proxy,
		.tls = { .verify = raw->tls.verify,
			 .server_name = raw->tls.server_name,
			 .ca_file = raw->tls.ca_file,
			 .certificate_file = raw->tls.certificate_file,
			 .key_file = raw->tls.key_file },
		.every_us = raw->every_us,
		.timeout_us = raw->timeout_us,
		.backfill_us = raw->backfill_us,
		.batch_max = (size_t)raw->samples,
	};
	remote->identity = raw->name ? remote->name : remote->url;
	complain(source, raw, node);
	read_labels(settings, source, raw, node, remote);
	read_headers(settings, source, raw, node, remote);
}

/* Two of one name could not be told apart, and two of one address would share a place. */
static void check_unique(const struct daemon_settings *settings,
			 const struct settings_source *source, size_t nth,
			 const struct config_node *node)
{
	const struct remote_settings *remote = &settings->remotes[nth];

	for (size_t i = 0; i < nth; i++) {
		if (strcmp(settings->remotes[i].name, remote->name) == 0)
			config_complain_at(source->complaints, node, "name",
					   "there is a target `%s` already; give this one another "
					   "name",
					   remote->name);
		else if (strcmp(settings->remotes[i].identity, remote->identity) == 0)
			config_complain_at(
				source->complaints, node, "url",
				"this address has been written before; if that is meant, "
				"give one of the two a `name`");
	}
}

void settings_read_remote(struct daemon_settings *settings, struct settings_source *source)
{
	const struct config_node *root = config_document_root(source->document);
	const struct config_node *list = config_node_get(root, "remote_write");

	settings->remote_count = source->raw.remote_write.count;
	settings->remotes =
		xarena_alloc(settings->arena, settings->remote_count * sizeof(*settings->remotes));
	for (size_t nth = 0; nth < settings->remote_count; nth++) {
		const struct config_node *node = settings_nth_item(list, nth);

		read_remote(settings, source, nth, node);
		check_unique(settings, source, nth, node);
	}
}
