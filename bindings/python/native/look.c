/* look.c - what a breaker knows, as dicts; nothing here changes anything. */
#include "native.h"

enum { EVENTS_AT_ONCE = 64, WORKERS_AT_ONCE = 256 };

static PyObject *seconds_or_none(bool is_known, int64_t us)
{
	if (is_known)
		return native_from_us(us);
	Py_RETURN_NONE;
}

/* A time of the region's clock as seconds since 1970. */
static PyObject *wall_or_none(const struct region_object *region, bool is_known, int64_t at_us)
{
	return seconds_or_none(is_known, native_wall_us(region) - (native_now_us(region) - at_us));
}

static PyObject *window_dict(const struct region_object *region,
			     const struct bw_breaker_window *window)
{
	return Py_BuildValue(
		"{s:L, s:d, s:d, s:d, s:d, s:N, s:d}", "total_calls",
		(long long)window->total_calls, "success_rate", window->success_rate,
		"failure_rate", window->failure_rate, "avg_response_time",
		window->avg_response_time_s, "timeout_rate", window->timeout_rate,
		"last_failure_time",
		wall_or_none(region, window->has_last_failure, window->last_failure_us),
		"uptime_percentage", window->uptime_percentage);
}

static PyObject *lifetime_dict(const struct bw_breaker_lifetime *lifetime)
{
	return Py_BuildValue("{s:K, s:K, s:K, s:K, s:K, s:K, s:K}", "admitted",
			     (unsigned long long)lifetime->admitted, "rejected",
			     (unsigned long long)lifetime->rejected, "success",
			     (unsigned long long)lifetime->success, "failure",
			     (unsigned long long)lifetime->failure, "timeout",
			     (unsigned long long)lifetime->timeout, "ignored",
			     (unsigned long long)lifetime->ignored, "late",
			     (unsigned long long)lifetime->late);
}

PyObject *native_breaker_snapshot(PyObject *object, PyObject *unused)
{
	struct breaker_object *self = (struct breaker_object *)object;
	struct bw_breaker_snapshot now;

	if (native_breaker_check(self) < 0)
		return NULL;
	bw_breaker_snapshot(self->handle, &now);
	return Py_BuildValue(
		"{s:s, s:s, s:L, s:N, s:N, s:I, s:N, s:i, s:i, s:N, s:N, s:N}", "name",
		bw_breaker_name(self->handle), "state", bw_breaker_state_text(now.state),
		"consecutive_failures", (long long)now.consecutive_failures, "time_until_retry",
		seconds_or_none(now.has_retry, now.time_until_retry_us), "metrics",
		window_dict(self->region, &now.window), "generation", (unsigned)now.generation,
		"retry_due", PyBool_FromLong(now.retry_due), "probes_in_flight",
		now.probes_in_flight, "probe_successes", now.probe_successes, "lifetime",
		lifetime_dict(&now.lifetime), "changed_at",
		seconds_or_none(now.has_transition, now.changed_wall_us), "not_closed_since",
		seconds_or_none(now.left_closed_wall_us != 0, now.left_closed_wall_us));
}

static PyObject *event_dict(const struct bw_breaker_event *event)
{
	return Py_BuildValue(
		"{s:s, s:s, s:s, s:d, s:I, s:L, s:i}", "from_state",
		bw_breaker_state_text(event->from), "to_state", bw_breaker_state_text(event->to),
		"reason", bw_breaker_cause_text(event->cause), "time", (double)event->wall_us / 1e6,
		"generation", (unsigned)event->generation, "failures", (long long)event->failures,
		"pid", event->pid);
}

static PyObject *append(PyObject *list, PyObject *item)
{
	if (item == NULL || PyList_Append(list, item) < 0)
		Py_CLEAR(list);
	Py_XDECREF(item);
	return list;
}

PyObject *native_breaker_events(PyObject *object, PyObject *cursor)
{
	struct breaker_object *self = (struct breaker_object *)object;
	struct bw_breaker_event events[EVENTS_AT_ONCE];
	uint64_t missed = 0, after = PyLong_AsUnsignedLongLong(cursor);
	PyObject *list;
	size_t count;

	if (PyErr_Occurred() || native_breaker_check(self) < 0)
		return NULL;
	count = bw_breaker_events(self->handle, &after, events, EVENTS_AT_ONCE, &missed);
	list = PyList_New(0);
	for (size_t i = 0; list != NULL && i < count; i++)
		list = append(list, event_dict(&events[i]));
	if (list == NULL)
		return NULL;
	return Py_BuildValue("(NKK)", list, (unsigned long long)after, (unsigned long long)missed);
}

static PyObject *worker_dict(const struct region_object *region,
			     const struct bw_breaker_worker *worker)
{
	return Py_BuildValue(
		"{s:i, s:N, s:N, s:N, s:d, s:L, s:L, s:L, s:L, s:N, s:N, s:N}", "pid", worker->pid,
		"command", PyUnicode_DecodeLocale(worker->command, "surrogateescape"), "is_alive",
		PyBool_FromLong(worker->is_alive), "is_foreign",
		PyBool_FromLong(worker->is_foreign), "registered",
		(double)worker->registered_wall_us / 1e6, "admitted", (long long)worker->admitted,
		"rejected", (long long)worker->rejected, "failed", (long long)worker->failed,
		"in_flight", (long long)worker->in_flight, "busy_since",
		wall_or_none(region, worker->busy_since_us != 0, worker->busy_since_us),
		"last_result",
		wall_or_none(region, worker->last_result_us != 0, worker->last_result_us),
		"last_failure",
		wall_or_none(region, worker->last_failure_us != 0, worker->last_failure_us));
}

PyObject *native_breaker_workers(PyObject *object, PyObject *unused)
{
	struct breaker_object *self = (struct breaker_object *)object;
	struct bw_breaker_worker *workers;
	PyObject *list = NULL;
	size_t count;

	if (native_breaker_check(self) < 0)
		return NULL;
	workers = PyMem_Calloc(WORKERS_AT_ONCE, sizeof(*workers));
	if (workers == NULL)
		return PyErr_NoMemory();
	count = bw_breaker_workers(self->handle, workers, WORKERS_AT_ONCE);
	list = PyList_New(0);
	for (size_t i = 0; list != NULL && i < count && i < WORKERS_AT_ONCE; i++)
		list = append(list, worker_dict(self->region, &workers[i]));
	PyMem_Free(workers);
	return list;
}
