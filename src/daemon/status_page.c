/* status_page.c - a page is written from the top to the bottom into one buffer.
 *
 * Bars of equal state that follow each other are one rectangle, cut apart by lines drawn once over
 * all of them: a quiet day costs one element and not 48.
 */
#include "daemon/status_page.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/markup_write.h"
#include "base/strmap.h"
#include "base/xalloc.h"
#include "daemon/status_history.h"
#include "daemon/status_since.h"

struct status_page {
	struct {
		struct http_body *body;
		struct bw_mono rendered;
	} forms[2]; /* as it is, and still */
};

/* What one rendering knows. */
struct view {
	struct engine *engine;
	const struct daemon_settings *settings;
	struct uptime_book *uptimes;
	struct bw_wall now;
	struct bw_buf *out;
	struct bw_gap_list gaps;
	size_t *shown; /* rows, in the order of the configuration */
	size_t shown_count;
	struct bw_health_tally tally;
	bool is_still;
};

struct status_page *status_page_create(void)
{
	return xcalloc(1, sizeof(struct status_page));
}

void status_page_destroy(struct status_page *page)
{
	if (page == NULL)
		return;
	status_page_forget(page);
	free(page);
}

void status_page_forget(struct status_page *page)
{
	for (int i = 0; i < 2; i++) {
		http_body_release(page->forms[i].body);
		page->forms[i].body = NULL;
	}
}

const char *status_word(enum bw_health health)
{
	static const char *const words[BW_HEALTH_MAX] = { [BW_HEALTH_UNKNOWN] = "Unknown",
							  [BW_HEALTH_HEALTHY] = "Healthy",
							  [BW_HEALTH_DEGRADED] = "Degraded",
							  [BW_HEALTH_UNHEALTHY] = "Unhealthy" };

	return words[health];
}

void status_response_text(int64_t us, char out[STATUS_RESPONSE_TEXT_MAX])
{
	if (us < 999500)
		snprintf(out, STATUS_RESPONSE_TEXT_MAX, "%.3g ms", (double)us / 1e3);
	else if (us < 999500000)
		snprintf(out, STATUS_RESPONSE_TEXT_MAX, "%.3g s", (double)us / 1e6);
	else
		snprintf(out, STATUS_RESPONSE_TEXT_MAX, "%.0f s", (double)us / 1e6);
}

static bool is_public(const struct component *component)
{
	return component_settings(component)->is_public;
}

void status_tally(const struct engine *engine, struct bw_health_tally *out)
{
	*out = (struct bw_health_tally){ 0 };
	for (size_t i = 0; i < engine_component_count(engine); i++) {
		const struct component *component = engine_component(engine, i);
		enum bw_health health = component_health(component);

		if (!is_public(component))
			continue;
		out->count[health]++;
		out->total++;
		if (!component_settings(component)->critical)
			continue;
		out->critical_unhealthy += health == BW_HEALTH_UNHEALTHY;
		out->critical_unknown += health == BW_HEALTH_UNKNOWN;
	}
}

/* As many of this state as there is still room for. */
static void choose_health(struct view *view, bool *chosen, enum bw_health health)
{
	for (size_t i = 0; i < engine_component_count(view->engine); i++) {
		const struct component *component = engine_component(view->engine, i);

		if (view->shown_count == STATUS_SHOWN_MAX)
			return;
		if (!is_public(component) || component_health(component) != health)
			continue;
		chosen[i] = true;
		view->shown_count++;
	}
}

/* The worst first, then all that are chosen in the order of the configuration. */
static void choose(struct view *view)
{
	static const enum bw_health order[] = { BW_HEALTH_UNHEALTHY, BW_HEALTH_DEGRADED,
						BW_HEALTH_UNKNOWN, BW_HEALTH_HEALTHY };
	size_t count = engine_component_count(view->engine), at = 0;
	bool *chosen = xcalloc(count + 1, sizeof(*chosen));

	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++)
		choose_health(view, chosen, order[i]);
	view->shown = xcalloc(view->shown_count + 1, sizeof(*view->shown));
	for (size_t i = 0; i < count; i++) {
		if (chosen[i])
			view->shown[at++] = i;
	}
	free(chosen);
}

static void put(struct view *view, const char *markup)
{
	bw_buf_text(view->out, markup);
}

static void put_text(struct view *view, const char *text)
{
	bw_markup_text(view->out, text);
}

/* <time datetime="ISO 8601">21:04 UTC</time>, with the day where it is another one. */
static void put_time(struct view *view, struct bw_wall time)
{
	char iso[BW_WALL_TEXT_MAX], today[BW_WALL_TEXT_MAX];
	struct bw_wall second = { time.us / BW_SECOND_US * BW_SECOND_US };

	bw_wall_format(second, iso);
	bw_wall_format(view->now, today);
	bw_buf_format(view->out, "<time datetime=\"%s\">", iso);
	if (strncmp(iso, today, 10) != 0)
		bw_buf_format(view->out, "%.10s ", iso);
	bw_buf_format(view->out, "%.5s UTC</time>", iso + 11);
}

static void put_mark(struct view *view, enum bw_health health, const char *class)
{
	const char *word = bw_health_text(health);

	bw_buf_format(view->out,
		      "<svg class=\"%s %s\" aria-hidden=\"true\"><use href=\"#%s\"/></svg>", class,
		      word, word);
}

/* The shapes of the states and the lines between bars, once for all that use them. */
static const char shapes[] =
	"<svg class=\"shapes\" aria-hidden=\"true\">"
	"<symbol id=\"healthy\" viewBox=\"0 0 16 16\"><circle cx=\"8\" cy=\"8\" r=\"4\"/></symbol>"
	"<symbol id=\"degraded\" viewBox=\"0 0 16 16\"><path d=\"M8 1.5 15.5 14.5H.5z\"/></symbol>"
	"<symbol id=\"unhealthy\" viewBox=\"0 0 16 16\"><path fill-rule=\"evenodd\" "
	"d=\"M5 .5h6L15.5 5v6L11 15.5H5L.5 11V5zM5.2 4 4 5.2 6.8 8 4 10.8 5.2 12 8 "
	"9.2 10.8 12 12 10.8 9.2 8 12 5.2 10.8 4 8 6.8z\"/></symbol>"
	"<symbol id=\"unknown\" viewBox=\"0 0 16 16\"><circle cx=\"8\" cy=\"8\" r=\"6\" "
	"fill=\"none\" stroke=\"currentColor\" stroke-width=\"2\" stroke-dasharray=\"3 "
	"1.71\"/></symbol>"
	"<pattern id=\"nothing\" width=\"4\" height=\"4\" patternUnits=\"userSpaceOnUse\">"
	"<path d=\"M0 4 4 0\" stroke=\"currentColor\" stroke-width=\".8\"/></pattern>"
	"<pattern id=\"cut\" width=\"5\" height=\"18\" patternUnits=\"userSpaceOnUse\">"
	"<path class=\"cut\" d=\"M4.5 0v18\"/></pattern>"
	"<rect id=\"cuts\" width=\"240\" height=\"18\" fill=\"url(#cut)\"/></svg>";

static void put_head(struct view *view, enum bw_health verdict)
{
	put(view, "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
		  "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">");
	put(view, "<title>");
	put(view, status_word(verdict));
	put(view, " – ");
	put_text(view, view->settings->status_page.title);
	put(view, "</title><link rel=\"icon\" href=\"data:,\">"
		  "<link rel=\"stylesheet\" href=\"/status.css\"></head><body>");
	put(view, shapes);
	put(view, "<header><p class=\"of\"><bdi>");
	put_text(view, view->settings->status_page.title);
	put(view, "</bdi></p>");
}

static void put_count(struct view *view, int count, const char *word, bool *any)
{
	if (count == 0)
		return;
	bw_buf_format(view->out, "%s%d %s", *any ? ", " : "", count, word);
	*any = true;
}

static void put_sentence(struct view *view)
{
	const struct bw_health_tally *tally = &view->tally;
	bool any = false;

	if (tally->total == 0) {
		put(view, "No component is shown here.");
		return;
	}
	if (tally->count[BW_HEALTH_HEALTHY] == tally->total) {
		bw_buf_format(view->out,
			      tally->total == 1 ? "%d component is healthy."
						: "All %d components are healthy.",
			      tally->total);
		return;
	}
	bw_buf_format(view->out, "%d component%s: ", tally->total, tally->total == 1 ? "" : "s");
	put_count(view, tally->count[BW_HEALTH_UNHEALTHY], "unhealthy", &any);
	put_count(view, tally->count[BW_HEALTH_DEGRADED], "degraded", &any);
	put_count(view, tally->count[BW_HEALTH_UNKNOWN], "unknown", &any);
	put_count(view, tally->count[BW_HEALTH_HEALTHY], "healthy", &any);
	put(view, ".");
}

static void put_verdict(struct view *view, enum bw_health verdict)
{
	struct bw_wall since;

	bw_buf_format(view->out, "<div class=\"verdict is-%s\">", bw_health_text(verdict));
	put_mark(view, verdict, "mark");
	bw_buf_format(view->out, "<h1>%s</h1></div><p class=\"sentence\">", status_word(verdict));
	put_sentence(view);
	put(view, "</p><p class=\"made\">");
	if (view->tally.total > 0 && status_since(view->engine, &since)) {
		bw_buf_format(view->out, "%s since ", status_word(verdict));
		put_time(view, since);
		put(view, ". ");
	}
	put(view, "As of ");
	put_time(view, view->now);
	put(view, view->is_still ? ". <a href=\"/status\">Renew it every minute</a>"
				 : ". Renewed every minute. <a href=\"/status?still\">Hold it</a>");
	bw_buf_format(view->out, "</p></header><main%s>",
		      view->settings->status_page.response_times ? " class=\"with-times\"" : "");
}

static void put_clock(struct view *view, const struct status_history *history, int bar)
{
	char iso[BW_WALL_TEXT_MAX];

	bw_wall_format((struct bw_wall){ history->from.us + bar * STATUS_BAR_US }, iso);
	bw_buf_format(view->out, "%.5s", iso + 11);
}

/* One rectangle for the bars [from, to), as high as the state is bad. */
static void put_bars(struct view *view, const struct status_history *history, int from, int to)
{
	static const int heights[BW_HEALTH_MAX] = { [BW_HEALTH_UNKNOWN] = 18,
						    [BW_HEALTH_HEALTHY] = 6,
						    [BW_HEALTH_DEGRADED] = 12,
						    [BW_HEALTH_UNHEALTHY] = 18 };
	enum bw_health health = history->bars[from];

	bw_buf_format(view->out,
		      "<rect class=\"%s\"%s x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"><title>",
		      bw_health_text(health),
		      health == BW_HEALTH_UNKNOWN ? " fill=\"url(#nothing)\"" : "", from * 5,
		      18 - heights[health], (to - from) * 5, heights[health]);
	put_clock(view, history, from);
	put(view, " to ");
	put_clock(view, history, to);
	bw_buf_format(view->out, " UTC: %s</title></rect>",
		      health == BW_HEALTH_UNKNOWN ? "not known" : bw_health_text(health));
}

/* What the bars show, for those who do not see them. */
static void put_bars_sentence(struct view *view, const struct status_history *history)
{
	int counts[BW_HEALTH_MAX] = { 0 };
	bool any = false;

	for (int i = 0; i < STATUS_BARS; i++)
		counts[history->bars[i]]++;
	put(view, "Last 24 hours, of 48 half hours: ");
	put_count(view, counts[BW_HEALTH_UNHEALTHY], "unhealthy", &any);
	put_count(view, counts[BW_HEALTH_DEGRADED], "degraded", &any);
	put_count(view, counts[BW_HEALTH_HEALTHY], "healthy", &any);
	put_count(view, counts[BW_HEALTH_UNKNOWN], "not known", &any);
}

static void put_history(struct view *view, const struct status_history *history)
{
	put(view, "<svg class=\"bars\" viewBox=\"0 0 240 18\" preserveAspectRatio=\"none\" "
		  "role=\"img\" aria-label=\"");
	put_bars_sentence(view, history);
	put(view, "\">");
	for (int from = 0, to; from < STATUS_BARS; from = to) {
		to = from + 1;
		while (to < STATUS_BARS && history->bars[to] == history->bars[from])
			to++;
		put_bars(view, history, from, to);
	}
	put(view, "<use href=\"#cuts\"/></svg>");
}

/* That it is so is said, and not by which window: its name and reason are for those inside. */
static void put_maintenance(struct view *view, const struct component *component)
{
	const struct alert_subject subject = { ALERT_SUBJECT_COMPONENT, component_name(component) };

	if (alerts_maintenance_of(engine_alerts(view->engine), &subject) != NULL)
		put(view, "<p class=\"why\">Planned maintenance</p>");
}

/* Of the longest time that fits into a cell: the figure that public pages are compared by. */
static void put_uptime(struct view *view, const char *name, const struct status_history *history)
{
	const int window = uptime_window_find("90d");
	char text[STATUS_UPTIME_TEXT_MAX], long_text[UPTIME_TEXT_MAX];
	struct uptime uptime;
	bool is_fresh;

	status_uptime_text(history, text);
	bw_buf_format(view->out,
		      "<span class=\"uptime\" title=\"usable in the known time of the "
		      "last 24 hours\">%s",
		      text);
	if (uptime_book_get(view->uptimes, name, window, io_loop_mono(engine_loop(view->engine)),
			    &uptime, &is_fresh)) {
		uptime_text(&uptime, long_text);
		bw_buf_format(view->out, "<small title=\"of the last 90 days\">%s: %s</small>",
			      uptime_windows[window].text, long_text);
	}
	put(view, "</span>");
	if (!is_fresh)
		uptime_book_want(view->uptimes, name);
}

static void put_facts(struct view *view, const struct component *component,
		      const struct status_history *history)
{
	char response[STATUS_RESPONSE_TEXT_MAX];
	struct store_state state;

	put_uptime(view, component_name(component), history);
	component_state(component, &state);
	if (view->settings->status_page.response_times && state.has_response) {
		status_response_text(state.response_us, response);
		bw_buf_format(view->out, "<span class=\"response\">%s</span>", response);
	}
	if (view->settings->status_page.errors && state.error != NULL) {
		put(view, "<p class=\"why\"><bdi>");
		put_text(view, state.error);
		put(view, "</bdi></p>");
	}
}

static void put_component(struct view *view, const struct component *component)
{
	enum bw_health health = component_health(component);
	struct status_history history;

	status_history_of(engine_journal(view->engine), component_name(component), &view->gaps,
			  view->now, &history);
	bw_buf_format(view->out, "<li class=\"is-%s\">", bw_health_text(health));
	put_mark(view, health, "mark");
	put(view, "<h3>");
	put_text(view, component_name(component));
	bw_buf_format(view->out, "</h3><span class=\"word\">%s</span>", status_word(health));
	put_history(view, &history);
	put_facts(view, component, &history);
	put_maintenance(view, component);
	put(view, "</li>");
}

static const char *group_of(const struct view *view, size_t nth)
{
	const struct component *component = engine_component(view->engine, view->shown[nth]);
	const char *group = component_settings(component)->group;

	return group == NULL ? "" : group;
}

static void put_group(struct view *view, const char *group)
{
	put(view, "<section><h2>");
	put_text(view, group[0] == '\0' ? "Components" : group);
	put(view, "</h2><ul>");
	for (size_t i = 0; i < view->shown_count; i++) {
		if (strcmp(group_of(view, i), group) == 0)
			put_component(view, engine_component(view->engine, view->shown[i]));
	}
	put(view, "</ul></section>");
}

static void put_groups(struct view *view)
{
	struct bw_strmap *done = bw_strmap_create();

	if (done == NULL)
		xalloc_die();
	for (size_t i = 0; i < view->shown_count; i++) {
		const char *group = group_of(view, i);

		if (bw_strmap_get(done, group) != NULL)
			continue;
		xalloc_must(bw_strmap_put(done, group, view));
		put_group(view, group);
	}
	bw_strmap_destroy(done);
	if (view->shown_count < (size_t)view->tally.total)
		bw_buf_format(view->out,
			      "<p class=\"more\">The worst %zu are shown; %zu more are not.</p>",
			      view->shown_count, (size_t)view->tally.total - view->shown_count);
}

/* `until`: 0 while it goes on. */
static void put_problem(struct view *view, const struct bw_change *change, struct bw_wall until)
{
	enum bw_health health;

	if (bw_health_parse(change->to, &health) != BW_OK)
		return;
	put(view, "<li>");
	put_mark(view, health, "mark");
	put(view, "<span class=\"when\">");
	put_time(view, change->at);
	put(view, "</span><span><b>");
	put_text(view, change->name);
	bw_buf_format(view->out, "</b> %s", bw_health_text(health));
	if (until.us != 0) {
		put(view, " until ");
		put_time(view, until);
	} else {
		put(view, " since then");
	}
	if (view->settings->status_page.errors && change->text[0] != '\0') {
		put(view, ": <bdi>");
		put_text(view, change->text);
		put(view, "</bdi>");
	}
	put(view, "</span></li>");
}

static bool is_problem(const struct view *view, const struct bw_change *change)
{
	const struct component *component = engine_find(view->engine, change->name);

	return component != NULL && is_public(component) &&
	       (strcmp(change->to, bw_health_text(BW_HEALTH_UNHEALTHY)) == 0 ||
		strcmp(change->to, bw_health_text(BW_HEALTH_DEGRADED)) == 0);
}

/* Newest first; `later` has the time of the change that came next, by name, each allocated. */
static int put_problem_list(struct view *view, struct bw_strmap *later)
{
	const struct bw_journal_filter filter = {
		.from = { view->now.us - STATUS_BARS * STATUS_BAR_US },
		.to = view->now,
		.has_kind = true,
		.kind = BW_CHANGE_COMPONENT,
	};
	struct bw_change change;
	uint64_t cursor = 0;
	int count = 0;

	while (count < STATUS_PROBLEMS_MAX &&
	       bw_journal_next(engine_journal(view->engine), &filter, &cursor, &change)) {
		struct bw_wall *next = bw_strmap_get(later, change.name);

		if (next == NULL) {
			next = xcalloc(1, sizeof(*next));
			xalloc_must(bw_strmap_put(later, change.name, next));
		}
		if (is_problem(view, &change)) {
			put_problem(view, &change, *next);
			count++;
		}
		*next = change.at;
	}
	return count;
}

static void put_problems(struct view *view)
{
	struct bw_strmap *later = bw_strmap_create();
	struct bw_strmap_entry entry;
	size_t cursor = 0;

	if (later == NULL)
		xalloc_die();
	put(view, "<section class=\"problems\"><h2>Problems of the last 24 hours</h2><ul>");
	if (put_problem_list(view, later) == 0)
		put(view, "<li class=\"none\">None is known.</li>");
	put(view, "</ul></section>");
	while (bw_strmap_next(later, &cursor, &entry))
		free(entry.value);
	bw_strmap_destroy(later);
}

static void render(struct engine *engine, struct uptime_book *uptimes, bool is_still,
		   struct bw_buf *out)
{
	struct view view = { .engine = engine,
			     .settings = engine_settings(engine),
			     .uptimes = uptimes,
			     .now = io_loop_wall(engine_loop(engine)),
			     .out = out,
			     .is_still = is_still };
	enum bw_health verdict;

	status_tally(engine, &view.tally);
	verdict = bw_health_overall(&view.tally);
	choose(&view);
	xalloc_must(bw_journal_gaps(engine_journal(engine), status_history_start(view.now),
				    view.now, &view.gaps));
	put_head(&view, verdict);
	put_verdict(&view, verdict);
	put_groups(&view);
	put_problems(&view);
	put(&view, "</main></body></html>\n");
	uptime_book_read(uptimes, engine_store(engine), engine_loop(engine));
	bw_gap_list_finish(&view.gaps);
	free(view.shown);
}

static struct http_body *make_body(struct engine *engine, struct uptime_book *uptimes,
				   bool is_still)
{
	struct bw_buf out;
	size_t len;

	bw_buf_init(&out, 0);
	render(engine, uptimes, is_still, &out);
	xalloc_must(out.status);
	char *data = bw_buf_take(&out, &len);
	return http_body_create(data, len, "text/html; charset=utf-8");
}

struct http_body *status_page_body(struct status_page *page, struct engine *engine,
				   struct uptime_book *uptimes, bool is_still)
{
	struct bw_mono now = io_loop_mono(engine_loop(engine));
	struct http_body **body = &page->forms[is_still].body;

	if (*body == NULL || bw_mono_since(now, page->forms[is_still].rendered) >= STATUS_PAGE_US) {
		http_body_release(*body);
		*body = make_body(engine, uptimes, is_still);
		page->forms[is_still].rendered = now;
	}
	return http_body_retain(*body);
}
