/* dashboard.c - the type _native.Dashboard: bellwether/dashboard.h with Python's values.
 *
 * Numbers stay what they are, int or float, because texts show the difference; an int beyond 64
 * bits and anything else that has a float becomes one. Documents come out as JSON text: Python's
 * own reader makes objects of it faster than calls through the stable ABI would.
 */
#include "native.h"

#include <bellwether/dashboard.h>

struct dashboard {
	PyObject_HEAD struct bw_dashboard *model;
};

static PyObject *raise(enum bw_status status, const struct bw_error *err)
{
	const char *why = err && err->text[0] ? err->text : bw_status_text(status);

	if (status == BW_ENOMEM)
		return PyErr_NoMemory();
	PyErr_SetString(PyExc_ValueError, why);
	return NULL;
}

static PyObject *answer(enum bw_status status)
{
	return status == BW_OK ? Py_NewRef(Py_None) : raise(status, NULL);
}

/* For the "O&" of PyArg_ParseTuple(). */
static int to_number(PyObject *object, void *out)
{
	struct bw_number *number = out;
	int overflow = 0;

	if (PyLong_Check(object)) {
		long long value = PyLong_AsLongLongAndOverflow(object, &overflow);

		if (value == -1 && PyErr_Occurred())
			return 0;
		if (!overflow) {
			*number = bw_number_from_int(value);
			return 1;
		}
	}
	*number = bw_number_from_double(PyFloat_AsDouble(object));
	return PyErr_Occurred() ? 0 : 1;
}

static PyObject *from_number(struct bw_number number)
{
	return number.is_integer ? PyLong_FromLongLong(number.integer)
				 : PyFloat_FromDouble(number.value);
}

static PyObject *dashboard_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
	struct bw_dashboard_config config = bw_dashboard_config_default;
	allocfunc alloc = (allocfunc)PyType_GetSlot(type, Py_tp_alloc);
	struct dashboard *self;
	enum bw_status status;
	long long start_us;

	if (!PyArg_ParseTuple(args, "L", &start_us))
		return NULL;
	config.start.us = start_us;
	self = (struct dashboard *)alloc(type, 0);
	if (!self)
		return NULL;
	status = bw_dashboard_create(&config, &self->model);
	if (status != BW_OK) {
		Py_DECREF(self);
		return raise(status, NULL);
	}
	return (PyObject *)self;
}

static void dashboard_dealloc(struct dashboard *self)
{
	PyTypeObject *type = Py_TYPE(self);
	freefunc release = (freefunc)PyType_GetSlot(type, Py_tp_free);

	bw_dashboard_destroy(self->model);
	release(self);
	Py_DECREF(type);
}

static PyObject *set_thresholds(struct dashboard *self, PyObject *args)
{
	struct bw_dashboard_config config = bw_dashboard_config_default;
	struct bw_thresholds *limits = &config.thresholds;

	if (!PyArg_ParseTuple(args, "ddddd", &limits->cpu_usage, &limits->memory_usage,
			      &limits->disk_usage, &limits->response_time_ms,
			      &limits->failure_rate))
		return NULL;
	return answer(bw_dashboard_configure(self->model, &config));
}

static PyObject *clear(struct dashboard *self, PyObject *args)
{
	bw_dashboard_clear_components(self->model);
	bw_dashboard_clear_breakers(self->model);
	Py_RETURN_NONE;
}

static PyObject *set_component(struct dashboard *self, PyObject *args)
{
	struct bw_component_view view = { 0 };
	PyObject *response;
	const char *name;

	if (!PyArg_ParseTuple(args, "ssOzz", &name, &view.status, &response, &view.last_check,
			      &view.error))
		return NULL;
	view.has_response_time = response != Py_None;
	if (view.has_response_time && !to_number(response, &view.response_time_ms))
		return NULL;
	return answer(bw_dashboard_set_component(self->model, name, &view));
}

static PyObject *set_breaker(struct dashboard *self, PyObject *args)
{
	struct bw_breaker_view view = { 0 };
	const char *name;

	if (!PyArg_ParseTuple(args, "ssO&O&O&O&", &name, &view.state, to_number,
			      &view.consecutive_failures, to_number, &view.success_rate, to_number,
			      &view.avg_response_time, to_number, &view.total_calls))
		return NULL;
	return answer(bw_dashboard_set_breaker(self->model, name, &view));
}

/* The load averages follow the seven numbers. */
static int take_loads(PyObject *loads, struct bw_resources_view *view)
{
	Py_ssize_t count = PyTuple_Size(loads);

	if (count < 0)
		return 0;
	if (count > BW_LOAD_AVERAGES_MAX) {
		PyErr_SetString(PyExc_ValueError, "load_average: more than 16 numbers");
		return 0;
	}
	for (Py_ssize_t i = 0; i < count; i++)
		if (!to_number(PyTuple_GetItem(loads, i), &view->load_average[i]))
			return 0;
	view->load_averages = (int)count;
	return 1;
}

static PyObject *set_resources(struct dashboard *self, PyObject *args)
{
	struct bw_resources_view view = { .known = true };
	PyObject *loads;

	if (!PyArg_ParseTuple(args, "O&O&O&O&O&O&O&O", to_number, &view.cpu_percent, to_number,
			      &view.memory_percent, to_number, &view.disk_percent, to_number,
			      &view.memory_used_mb, to_number, &view.memory_total_mb, to_number,
			      &view.disk_used_gb, to_number, &view.disk_total_gb, &loads) ||
	    !take_loads(loads, &view))
		return NULL;
	return answer(bw_dashboard_set_resources(self->model, &view));
}

static PyObject *set_overview(struct dashboard *self, PyObject *args)
{
	struct bw_overview_view view = { 0 };

	if (!PyArg_ParseTuple(args, "ssO&O&O&O&", &view.status, &view.version, to_number,
			      &view.uptime_seconds, to_number, &view.healthy, to_number,
			      &view.degraded, to_number, &view.unhealthy))
		return NULL;
	return answer(bw_dashboard_set_overview(self->model, &view));
}

static PyObject *hand_over(char *text, size_t len)
{
	PyObject *out = PyUnicode_FromStringAndSize(text, (Py_ssize_t)len);

	free(text);
	return out;
}

static PyObject *document(struct dashboard *self, PyObject *args)
{
	struct bw_error err = { 0 };
	enum bw_status status;
	long long now_us;
	char *text;
	size_t len;

	if (!PyArg_ParseTuple(args, "L", &now_us))
		return NULL;
	status = bw_dashboard_document(self->model, (struct bw_wall){ now_us }, &text, &len, &err);
	return status == BW_OK ? hand_over(text, len) : raise(status, &err);
}

static PyObject *sample(struct dashboard *self, PyObject *args)
{
	long long now_us;

	if (!PyArg_ParseTuple(args, "L", &now_us))
		return NULL;
	return answer(bw_dashboard_sample(self->model, (struct bw_wall){ now_us }, NULL));
}

static PyObject *point_tuple(const struct bw_history_point *point)
{
	return Py_BuildValue("(LdddNNd)", (long long)point->time.us, point->health_score,
			     point->availability, point->response_time,
			     from_number(point->cpu_usage), from_number(point->memory_usage),
			     point->circuit_breaker_health);
}

static PyObject *points(struct dashboard *self, PyObject *args)
{
	PyObject *list = PyList_New(0);
	struct bw_history_point point;

	for (size_t nth = 0; list && bw_dashboard_point(self->model, nth, &point); nth++) {
		PyObject *item = point_tuple(&point);

		if (!item || PyList_Append(list, item) < 0)
			Py_CLEAR(list);
		Py_XDECREF(item);
	}
	return list;
}

static PyObject *restore(struct dashboard *self, PyObject *args)
{
	struct bw_history_point point = { 0 };
	long long time_us;

	if (!PyArg_ParseTuple(args, "LdddO&O&d", &time_us, &point.health_score, &point.availability,
			      &point.response_time, to_number, &point.cpu_usage, to_number,
			      &point.memory_usage, &point.circuit_breaker_health))
		return NULL;
	point.time.us = time_us;
	return answer(bw_dashboard_restore(self->model, &point));
}

static PyObject *error_document(PyObject *type, PyObject *args)
{
	const char *message;
	enum bw_status status;
	long long now_us;
	char *text;
	size_t len;

	if (!PyArg_ParseTuple(args, "sL", &message, &now_us))
		return NULL;
	status = bw_dashboard_error_document(message, (struct bw_wall){ now_us }, &text, &len);
	return status == BW_OK ? hand_over(text, len) : raise(status, NULL);
}

#define METHOD(name, flags, doc)                                                                   \
	{                                                                                          \
#name, (PyCFunction)(void (*)(void))name, flags, doc                               \
	}

static PyMethodDef dashboard_methods[] = {
	METHOD(set_thresholds, METH_VARARGS, "cpu, memory, disk, response ms, failure rate"),
	METHOD(clear, METH_NOARGS, "forgets components and breakers; the history stays"),
	METHOD(set_component, METH_VARARGS, "name, status, response ms, last check, error"),
	METHOD(set_breaker, METH_VARARGS, "name, state, failures, success rate, average, calls"),
	METHOD(set_resources, METH_VARARGS, "cpu, memory, disk %; MB, MB, GB, GB; load averages"),
	METHOD(set_overview, METH_VARARGS, "status, version, uptime, healthy, degraded, unhealthy"),
	METHOD(document, METH_VARARGS, "the document of `now_us` as JSON"),
	METHOD(sample, METH_VARARGS, "adds the point of `now_us` to the history"),
	METHOD(points, METH_NOARGS,
	       "the history: us, score, availability, ms, cpu, memory, breakers"),
	METHOD(restore, METH_VARARGS, "adds one point of points()"),
	METHOD(error_document, METH_VARARGS | METH_STATIC, "message, now_us: JSON"),
	{ NULL, NULL, 0, NULL },
};

static PyType_Slot dashboard_slots[] = {
	{ Py_tp_doc, (void *)"Dashboard(start_us): the model behind StatusDashboard." },
	{ Py_tp_new, (void *)dashboard_new },
	{ Py_tp_dealloc, (void *)dashboard_dealloc },
	{ Py_tp_methods, dashboard_methods },
	{ 0, NULL },
};

static PyType_Spec dashboard_spec = {
	.name = "bellwether._native.Dashboard",
	.basicsize = sizeof(struct dashboard),
	.flags = Py_TPFLAGS_DEFAULT,
	.slots = dashboard_slots,
};

int native_add_dashboard(PyObject *module)
{
	PyObject *type = PyType_FromModuleAndSpec(module, &dashboard_spec, NULL);
	int status = type ? PyModule_AddType(module, (PyTypeObject *)type) : -1;

	Py_XDECREF(type);
	return status;
}
