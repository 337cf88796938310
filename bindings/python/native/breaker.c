/* breaker.c - the type bellwether._native.Breaker: opening, orders, configuration.
 *
 * CircuitBreaker of the package is its subclass, so that the paths of a call are these C methods
 * and no Python lies between.
 */
#include "native.h"

#include <stddef.h>
#include <structmember.h>

static PyObject *breaker_new(PyTypeObject *type, PyObject *args, PyObject *keywords)
{
	allocfunc alloc = (allocfunc)PyType_GetSlot(type, Py_tp_alloc);

	return alloc(type, 0);
}

/* ---- opening ---- */

static int is_exception_class(PyObject *thing)
{
	return PyType_Check(thing) &&
	       PyType_IsSubtype((PyTypeObject *)thing, (PyTypeObject *)PyExc_BaseException);
}

/* Takes a class or a tuple of classes; `slot` is what the message calls it. */
static int take_classes(PyObject *value, const char *what, PyObject **slot)
{
	Py_ssize_t count = PyTuple_Check(value) ? PyTuple_Size(value) : 1;

	for (Py_ssize_t i = 0; i < count; i++) {
		PyObject *one = PyTuple_Check(value) ? PyTuple_GetItem(value, i) : value;

		if (!is_exception_class(one)) {
			PyErr_Format(PyExc_TypeError,
				     "%s must be an exception class or a tuple of them, not %R",
				     what, one);
			return -1;
		}
	}
	native_set(slot, value);
	return 0;
}

static int take_callable(PyObject *value, const char *what, PyObject **slot)
{
	if (value != Py_None && !PyCallable_Check(value)) {
		PyErr_Format(PyExc_TypeError, "%s must be callable or None, not %R", what, value);
		return -1;
	}
	native_set(slot, value != Py_None ? value : NULL);
	return 0;
}

static bool is_all(PyObject *expected)
{
	if (PyTuple_Check(expected) && PyTuple_Size(expected) == 1)
		expected = PyTuple_GetItem(expected, 0);
	return expected == PyExc_Exception;
}

/* The judges: (expected, ignored, timeouts, is_failure, retry_after, max_retry_after). */
static int take_policy(struct breaker_object *self, PyObject *policy)
{
	PyObject *expected, *ignored, *timeouts, *is_failure, *retry_after, *longest;

	if (!PyArg_ParseTuple(policy, "OOOOOO:policy", &expected, &ignored, &timeouts, &is_failure,
			      &retry_after, &longest))
		return -1;
	if (take_classes(expected, "expected_exceptions", &self->expected) < 0 ||
	    take_classes(ignored, "ignored_exceptions", &self->ignored) < 0 ||
	    take_classes(timeouts, "timeout_exceptions", &self->timeouts) < 0 ||
	    take_callable(is_failure, "is_failure", &self->is_failure) < 0 ||
	    take_callable(retry_after, "open_for_retry_after", &self->retry_after) < 0)
		return -1;
	self->expects_all = is_all(expected);
	return native_seconds(longest, "max_retry_after", &self->retry_after_max_us);
}

static int open_handle(struct breaker_object *self, const char *name, PyObject *settings)
{
	struct bw_breaker_config config = bw_breaker_config_default;
	struct bw_error error = { "" };
	enum bw_status status;

	if (settings != Py_None && native_config_read(settings, &config) < 0)
		return -1;
	status = bw_breaker_open(self->region->handle, name, settings != Py_None ? &config : NULL,
				 &self->handle, &error);
	if (status == BW_OK)
		return 0;
	native_raise(status, &error);
	return -1;
}

static int breaker_init(PyObject *object, PyObject *args, PyObject *keywords)
{
	struct breaker_object *self = (struct breaker_object *)object;
	PyObject *region, *settings, *policy;
	struct native_state *state;
	const char *name;

	if (self->handle != NULL) {
		PyErr_SetString(PyExc_RuntimeError, "this breaker is open already");
		return -1;
	}
	if (!PyArg_ParseTuple(args, "OsOO:Breaker", &region, &name, &settings, &policy))
		return -1;
	state = native_state_of_region(region);
	if (state == NULL)
		return -1;
	if (settings != Py_None && !PyDict_Check(settings)) {
		PyErr_SetString(PyExc_TypeError, "settings must be a dict or None");
		return -1;
	}
	if (take_policy(self, policy) < 0)
		return -1;
	native_set((PyObject **)&self->region, region);
	self->state = state;
	return open_handle(self, name, settings);
}

static int breaker_traverse(PyObject *object, visitproc visit, void *arg)
{
	struct breaker_object *self = (struct breaker_object *)object;

	Py_VISIT(Py_TYPE(object));
	Py_VISIT((PyObject *)self->region);
	Py_VISIT(self->expected);
	Py_VISIT(self->ignored);
	Py_VISIT(self->timeouts);
	Py_VISIT(self->is_failure);
	Py_VISIT(self->retry_after);
	return 0;
}

/* What the library needs stays: a finalizer may still call. */
static int breaker_clear(PyObject *object)
{
	struct breaker_object *self = (struct breaker_object *)object;

	Py_CLEAR(self->is_failure);
	Py_CLEAR(self->retry_after);
	return 0;
}

static void breaker_dealloc(PyObject *object)
{
	struct breaker_object *self = (struct breaker_object *)object;
	PyTypeObject *type = Py_TYPE(object);
	freefunc release = (freefunc)PyType_GetSlot(type, Py_tp_free);

	PyObject_GC_UnTrack(object);
	if (self->weak_references != NULL)
		PyObject_ClearWeakRefs(object);
	for (size_t i = 0; i < self->block_count; i++)
		native_cancel(self, &self->blocks[i].call);
	PyMem_Free(self->blocks);
	if (self->handle != NULL)
		bw_breaker_close(self->handle);
	breaker_clear(object);
	Py_XDECREF(self->expected);
	Py_XDECREF(self->ignored);
	Py_XDECREF(self->timeouts);
	Py_XDECREF((PyObject *)self->region);
	release(object);
	Py_DECREF(type);
}

/* ---- orders ---- */

static PyObject *give_order(PyObject *object, enum bw_status (*order)(struct bw_breaker *))
{
	struct breaker_object *self = (struct breaker_object *)object;
	struct bw_error none = { "" };
	enum bw_status status;

	if (native_breaker_check(self) < 0)
		return NULL;
	status = order(self->handle);
	if (status != BW_OK)
		return native_raise(status, &none);
	Py_RETURN_NONE;
}

static PyObject *order_reset(PyObject *self, PyObject *unused)
{
	return give_order(self, bw_breaker_reset);
}

static PyObject *order_force_open(PyObject *self, PyObject *unused)
{
	return give_order(self, bw_breaker_force_open);
}

static PyObject *order_disable(PyObject *self, PyObject *unused)
{
	return give_order(self, bw_breaker_disable);
}

static PyObject *order_enable(PyObject *self, PyObject *unused)
{
	return give_order(self, bw_breaker_enable);
}

static PyObject *order_metrics_only(PyObject *self, PyObject *unused)
{
	return give_order(self, bw_breaker_metrics_only);
}

static PyObject *order_open_for(PyObject *object, PyObject *seconds)
{
	struct breaker_object *self = (struct breaker_object *)object;
	struct bw_error none = { "" };
	enum bw_status status;
	int64_t us;

	if (native_breaker_check(self) < 0 || native_seconds(seconds, "seconds", &us) < 0)
		return NULL;
	status = bw_breaker_open_for(self->handle, us);
	if (status != BW_OK)
		return native_raise(status, &none);
	Py_RETURN_NONE;
}

/* ---- configuration and what does not change ---- */

static PyObject *breaker_settings(PyObject *object, PyObject *unused)
{
	struct breaker_object *self = (struct breaker_object *)object;
	struct bw_breaker_config config;

	if (native_breaker_check(self) < 0)
		return NULL;
	bw_breaker_config(self->handle, &config);
	return native_config_dict(&config);
}

static PyObject *breaker_configure(PyObject *object, PyObject *settings)
{
	struct breaker_object *self = (struct breaker_object *)object;
	struct bw_breaker_config config;
	struct bw_error error = { "" };
	enum bw_status status;

	if (native_breaker_check(self) < 0)
		return NULL;
	if (!PyDict_Check(settings)) {
		PyErr_SetString(PyExc_TypeError, "settings must be a dict");
		return NULL;
	}
	bw_breaker_config(self->handle, &config);
	if (native_config_read(settings, &config) < 0)
		return NULL;
	status = bw_breaker_configure(self->handle, &config, &error);
	if (status != BW_OK)
		return native_raise(status, &error);
	Py_RETURN_NONE;
}

static PyObject *get_name(PyObject *object, void *unused)
{
	struct breaker_object *self = (struct breaker_object *)object;

	if (native_breaker_check(self) < 0)
		return NULL;
	return PyUnicode_FromString(bw_breaker_name(self->handle));
}

static PyObject *get_is_shared(PyObject *object, void *unused)
{
	struct breaker_object *self = (struct breaker_object *)object;

	if (native_breaker_check(self) < 0)
		return NULL;
	return PyBool_FromLong(bw_breaker_is_shared(self->handle));
}

static PyObject *get_is_different(PyObject *object, void *unused)
{
	struct breaker_object *self = (struct breaker_object *)object;

	if (native_breaker_check(self) < 0)
		return NULL;
	return PyBool_FromLong(bw_breaker_origin(self->handle) == BW_BREAKER_ATTACHED_DIFFERENT);
}

#define KEYWORDS(function) ((PyCFunction)(void (*)(void))(function))

static PyMethodDef breaker_methods[] = {
	{ "acquire", native_breaker_acquire, METH_NOARGS,
	  "acquire() -> Ticket, or CircuitBreakerError when the call is rejected." },
	{ "try_acquire", native_breaker_try_acquire, METH_NOARGS,
	  "try_acquire() -> Ticket, which is false when the call is rejected." },
	{ "call", KEYWORDS(native_breaker_call), METH_VARARGS | METH_KEYWORDS,
	  "call(function, *args, **kwargs): calls the function through the breaker." },
	{ "guard", native_breaker_guard, METH_O, "guard(function) -> the guarded function." },
	{ "__enter__", native_breaker_enter, METH_NOARGS, "Begins a call." },
	{ "__exit__", KEYWORDS(native_breaker_exit), METH_FASTCALL, "Ends a call." },
	{ "_snapshot", native_breaker_snapshot, METH_NOARGS, "What the breaker knows, as a dict." },
	{ "_events", native_breaker_events, METH_O, "(events after a cursor, cursor, missed)." },
	{ "_workers", native_breaker_workers, METH_NOARGS, "The processes that used it." },
	{ "_settings", breaker_settings, METH_NOARGS, "The configuration that holds, as a dict." },
	{ "_configure", breaker_configure, METH_O, "Changes settings for all processes." },
	{ "reset", order_reset, METH_NOARGS, "Closes the breaker with an empty window." },
	{ "force_open", order_force_open, METH_NOARGS,
	  "Rejects all calls until enable() or reset()." },
	{ "disable", order_disable, METH_NOARGS, "Admits all calls and judges none." },
	{ "enable", order_enable, METH_NOARGS, "Ends force_open(), disable() or metrics_only()." },
	{ "metrics_only", order_metrics_only, METH_NOARGS, "Records, but never opens." },
	{ "open_for", order_open_for, METH_O, "open_for(seconds): opens for so long from now." },
	{ NULL, NULL, 0, NULL },
};

static PyGetSetDef breaker_attributes[] = {
	{ "name", get_name, NULL, "The breaker's name; the same name is the same breaker.", NULL },
	{ "is_shared", get_is_shared, NULL, "False: only this process sees it.", NULL },
	{ "_is_different", get_is_different, NULL, "It was there with another configuration.",
	  NULL },
	{ NULL, NULL, NULL, NULL, NULL },
};

static PyMemberDef breaker_members[] = {
	{ "__weaklistoffset__", T_PYSSIZET, offsetof(struct breaker_object, weak_references),
	  READONLY, NULL },
	{ NULL, 0, 0, 0, NULL },
};

static PyType_Slot breaker_slots[] = {
	{ Py_tp_doc, "Breaker(region, name, settings, policy): the C part of CircuitBreaker." },
	{ Py_tp_new, breaker_new },
	{ Py_tp_init, breaker_init },
	{ Py_tp_traverse, breaker_traverse },
	{ Py_tp_clear, breaker_clear },
	{ Py_tp_dealloc, breaker_dealloc },
	{ Py_tp_methods, breaker_methods },
	{ Py_tp_getset, breaker_attributes },
	{ Py_tp_members, breaker_members },
	{ 0, NULL },
};

static PyType_Spec breaker_spec = {
	.name = "bellwether._native.Breaker",
	.basicsize = sizeof(struct breaker_object),
	.flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC,
	.slots = breaker_slots,
};

int native_add_breaker(PyObject *module)
{
	struct native_state *state = PyModule_GetState(module);

	state->breaker_type = (PyTypeObject *)PyType_FromModuleAndSpec(module, &breaker_spec, NULL);
	if (state->breaker_type == NULL)
		return -1;
	return PyModule_AddType(module, state->breaker_type);
}
