/* fake_child.c - a process that prints what the script says and ends when it says so. */
#include "support/fake_world.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/xalloc.h"

enum { STANDARD_OUTPUT_MAX = 64 << 10 };

struct io_child {
	struct fake_event event;
	size_t limit;
	io_child_callback *callback;
	void *arg;
	struct fake_child script; /* its texts are copies */
};

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

static void on_end(void *arg)
{
	struct io_child *child = arg;
	const struct fake_child *script = &child->script;
	struct io_child_result result = { .exit_code = script->exit_code,
					  .signal = script->signal,
					  .max_rss_kb = 1024,
					  .user_us = 1000,
					  .system_us = 500 };

	result.output_len = smaller(script->output_len, child->limit);
	result.errors_len = smaller(script->errors_len, child->limit);
	result.cut = script->output_len > child->limit || script->errors_len > child->limit;
	((char *)script->output)[result.output_len] = '\0';
	((char *)script->errors)[result.errors_len] = '\0';
	result.output = script->output;
	result.errors = script->errors;
	child->callback(child->arg, &result);
}

void fake_child_set(struct io_loop *loop, const struct fake_child *child)
{
	free((char *)loop->child.output);
	free((char *)loop->child.errors);
	loop->child = *child;
	loop->child.output = fake_bytes(child->output, child->output_len);
	loop->child.errors = fake_bytes(child->errors, child->errors_len);
}

const char *fake_child_command(const struct io_loop *loop)
{
	return loop->child_command ? loop->child_command : "";
}

const char *fake_child_environment(const struct io_loop *loop)
{
	return loop->child_environment ? loop->child_environment : "";
}

const char *fake_child_input(const struct io_loop *loop)
{
	return loop->child_input ? loop->child_input : "";
}

static void keep_given(struct io_loop *loop, const struct io_child_options *options)
{
	struct bw_buf text;

	bw_buf_init(&text, 0);
	for (size_t i = 0; options->environment && options->environment[i]; i++)
		bw_buf_format(&text, "%s\n", options->environment[i]);
	free(loop->child_environment);
	loop->child_environment = bw_buf_take(&text, NULL);
	free(loop->child_input);
	loop->child_input = options->input ? xstrdup(options->input) : NULL;
}

static void keep_command(struct io_loop *loop, const char *const *argv)
{
	struct bw_buf text;

	bw_buf_init(&text, 0);
	for (size_t i = 0; argv[i]; i++) {
		if (i > 0)
			bw_buf_byte(&text, ' ');
		bw_buf_text(&text, argv[i]);
	}
	free(loop->child_command);
	loop->child_command = bw_buf_take(&text, NULL);
}

enum bw_status io_child_start(struct io_loop *loop, const struct io_child_options *options,
			      io_child_callback *callback, void *arg, struct io_child **out,
			      struct bw_error *err)
{
	struct io_child *child;

	keep_command(loop, options->argv);
	keep_given(loop, options);
	if (loop->child.start == BW_ENOTFOUND)
		return bw_fail(err, BW_ENOTFOUND, "no such program: %s", options->argv[0]);
	if (loop->child.start != BW_OK)
		return bw_fail(err, loop->child.start, "cannot start %s: no processes left",
			       options->argv[0]);
	loop->children++;
	child = xcalloc(1, sizeof(*child));
	fake_event_init(&child->event, loop, on_end, child);
	child->limit = options->max_output_bytes ? options->max_output_bytes : STANDARD_OUTPUT_MAX;
	child->callback = callback;
	child->arg = arg;
	child->script = loop->child;
	child->script.output =
		fake_bytes(loop->child.output ? loop->child.output : "", loop->child.output_len);
	child->script.errors =
		fake_bytes(loop->child.errors ? loop->child.errors : "", loop->child.errors_len);
	if (!child->script.endless)
		fake_event_start(&child->event, child->script.runs_us);
	*out = child;
	return BW_OK;
}

void io_child_stop(struct io_child *child)
{
	if (!child)
		return;
	fake_event_stop(&child->event);
	child->event.loop->alive--;
	free((char *)child->script.output);
	free((char *)child->script.errors);
	free(child);
}
