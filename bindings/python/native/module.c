/* module.c - the module bellwether._native: multi-phase, no global state, so that interpreters that
 * share one GIL each have their own. An interpreter with a GIL of its own is refused by Python
 * itself, as the module does not say that it could live there; nor does it say that it could do
 * without a GIL.
 */
#include "native.h"

#include <math.h>

#ifdef Py_GIL_DISABLED
#error "bellwether needs a Python with a GIL: it serialises the calls of a process"
#endif

static const int64_t SECONDS_MAX = INT64_C(366) * 24 * 3600;

PyObject *native_raise(enum bw_status status, const struct bw_error *error)
{
	const char *text = error->text[0] != '\0' ? error->text : bw_status_text(status);
	PyObject *type = PyExc_RuntimeError;

	if (status == BW_ENOMEM)
		return PyErr_NoMemory();
	if (status == BW_EINVAL)
		type = PyExc_ValueError;
	else if (status == BW_ENOTFOUND)
		type = PyExc_LookupError;
	else if (status == BW_EACCES)
		type = PyExc_PermissionError;
	else if (status == BW_EIO || status == BW_ECORRUPT)
		type = PyExc_OSError;
	else if (status == BW_ETIMEDOUT)
		type = PyExc_TimeoutError;
	PyErr_SetString(type, text);
	return NULL;
}

void native_set(PyObject **slot, PyObject *value)
{
	PyObject *old = *slot;

	Py_XINCREF(value);
	*slot = value;
	Py_XDECREF(old);
}

int native_put(PyObject *dict, const char *key, PyObject *value)
{
	int failed;

	if (value == NULL)
		return -1;
	failed = PyDict_SetItemString(dict, key, value);
	Py_DECREF(value);
	return failed;
}

static int wrong_type(const char *what, const char *wanted, PyObject *value)
{
	PyObject *name = PyObject_GetAttrString((PyObject *)Py_TYPE(value), "__name__");

	if (name != NULL)
		PyErr_Format(PyExc_TypeError, "%s must be %s, not %S", what, wanted, name);
	Py_XDECREF(name);
	return -1;
}

int native_seconds(PyObject *value, const char *what, int64_t *out_us)
{
	double seconds;

	if (PyBool_Check(value) || PyUnicode_Check(value))
		return wrong_type(what, "a number of seconds", value);
	seconds = PyFloat_AsDouble(value);
	if (seconds == -1.0 && PyErr_Occurred()) {
		if (!PyErr_ExceptionMatches(PyExc_TypeError))
			return -1;
		PyErr_Clear();
		return wrong_type(what, "a number of seconds", value);
	}
	if (!(seconds >= 0 && seconds <= (double)SECONDS_MAX)) {
		PyErr_Format(PyExc_ValueError, "%s must be 0 to %lld seconds (a year), not %R",
			     what, (long long)SECONDS_MAX, value);
		return -1;
	}
	*out_us = (int64_t)llround(seconds * 1e6);
	return 0;
}

PyObject *native_from_us(int64_t us)
{
	return PyFloat_FromDouble((double)us / 1e6);
}

/* ---- what the package tells the module ---- */

static PyObject *module_setup(PyObject *module, PyObject *args)
{
	struct native_state *state = PyModule_GetState(module);
	PyObject *rejection, *coroutine, *method;

	if (!PyArg_ParseTuple(args, "OOO:setup", &rejection, &coroutine, &method))
		return NULL;
	native_set(&state->rejection, rejection);
	native_set(&state->coroutine_type, coroutine);
	native_set(&state->method_type, method);
	Py_RETURN_NONE;
}

static PyObject *module_forked(PyObject *module, PyObject *unused)
{
	struct native_state *state = PyModule_GetState(module);

	state->forks++;
	Py_RETURN_NONE;
}

static PyMethodDef module_methods[] = {
	{ "setup", module_setup, METH_VARARGS,
	  "setup(rejection, coroutine_type, method_type): what the C part uses of the package." },
	{ "forked", module_forked, METH_NOARGS, "forked(): to be called in the child of a fork." },
	{ NULL, NULL, 0, NULL },
};

/* ---- life ---- */

static int intern_texts(struct native_state *state)
{
	for (int i = 0; i < NATIVE_STATES; i++) {
		const char *text = bw_breaker_state_text((enum bw_breaker_state)i);

		state->state_texts[i] = PyUnicode_InternFromString(text);
		if (state->state_texts[i] == NULL)
			return -1;
	}
	for (int i = 0; i < NATIVE_REASONS; i++) {
		const char *text = bw_breaker_reason_text((enum bw_breaker_reason)i);

		state->reason_texts[i] = PyUnicode_InternFromString(text);
		if (state->reason_texts[i] == NULL)
			return -1;
	}
	return 0;
}

static int module_exec(PyObject *module)
{
	if (intern_texts(PyModule_GetState(module)) < 0)
		return -1;
	if (native_add_dashboard(module) < 0 || native_add_region(module) < 0 ||
	    native_add_breaker(module) < 0 || native_add_ticket(module) < 0 ||
	    native_add_guarded(module) < 0)
		return -1;
	return PyModule_AddIntConstant(module, "EVENTS_MAX", 64);
}

static int module_traverse(PyObject *module, visitproc visit, void *arg)
{
	struct native_state *state = PyModule_GetState(module);

	Py_VISIT(state->region_type);
	Py_VISIT(state->breaker_type);
	Py_VISIT(state->ticket_type);
	Py_VISIT(state->guarded_type);
	Py_VISIT(state->rejection);
	Py_VISIT(state->coroutine_type);
	Py_VISIT(state->method_type);
	Py_VISIT(state->running_loop);
	Py_VISIT(state->current_task);
	return 0;
}

static int module_clear(PyObject *module)
{
	struct native_state *state = PyModule_GetState(module);

	Py_CLEAR(state->region_type);
	Py_CLEAR(state->breaker_type);
	Py_CLEAR(state->ticket_type);
	Py_CLEAR(state->guarded_type);
	Py_CLEAR(state->rejection);
	Py_CLEAR(state->coroutine_type);
	Py_CLEAR(state->method_type);
	Py_CLEAR(state->running_loop);
	Py_CLEAR(state->current_task);
	for (int i = 0; i < NATIVE_STATES; i++)
		Py_CLEAR(state->state_texts[i]);
	for (int i = 0; i < NATIVE_REASONS; i++)
		Py_CLEAR(state->reason_texts[i]);
	return 0;
}

static void module_free(void *module)
{
	module_clear(module);
}

static PyModuleDef_Slot native_slots[] = {
	{ Py_mod_exec, module_exec },
	{ 0, NULL },
};

static struct PyModuleDef native_module = {
	PyModuleDef_HEAD_INIT,
	.m_name = "bellwether._native",
	.m_doc = "The C part of bellwether; use the package instead.",
	.m_size = sizeof(struct native_state),
	.m_methods = module_methods,
	.m_slots = native_slots,
	.m_traverse = module_traverse,
	.m_clear = module_clear,
	.m_free = module_free,
};

struct native_state *native_state_of_region(PyObject *region)
{
	PyObject *module = PyType_GetModule(Py_TYPE(region));
	struct native_state *state = NULL;

	PyErr_Clear(); /* a class of somebody else's has no module */
	if (module != NULL && PyModule_GetDef(module) == &native_module)
		state = PyModule_GetState(module);
	if (state != NULL && Py_TYPE(region) == state->region_type)
		return state;
	wrong_type("region", "a bellwether region", region);
	return NULL;
}

PyMODINIT_FUNC PyInit__native(void);

PyMODINIT_FUNC PyInit__native(void)
{
	return PyModuleDef_Init(&native_module);
}
