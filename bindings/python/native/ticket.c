/* ticket.c - the type bellwether._native.Ticket: one call, in two steps.
 *
 * A ticket that is dropped unrecorded counts as cancelled, so that no probe waits for its lease
 * because somebody raised between the steps.
 */
#include "native.h"

struct ticket_object {
	PyObject_HEAD struct breaker_object *breaker;
	struct native_call call;
	bool is_admitted, is_done;
};

enum { OUTCOMES = 6 };

static struct ticket_object *ticket_alloc(struct breaker_object *breaker)
{
	PyTypeObject *type = breaker->state->ticket_type;
	struct ticket_object *self;

	if (type == NULL) {
		PyErr_SetString(PyExc_RuntimeError, "bellwether is being unloaded");
		return NULL;
	}
	self = (struct ticket_object *)((allocfunc)PyType_GetSlot(type, Py_tp_alloc))(type, 0);
	if (self == NULL)
		return NULL;
	Py_INCREF((PyObject *)breaker);
	self->breaker = breaker;
	self->is_done = true;
	return self;
}

PyObject *native_breaker_acquire(PyObject *object, PyObject *unused)
{
	struct breaker_object *breaker = (struct breaker_object *)object;
	struct ticket_object *self;

	if (native_breaker_check(breaker) < 0)
		return NULL;
	self = ticket_alloc(breaker);
	if (self == NULL)
		return NULL;
	if (native_begin(breaker, &self->call) < 0) {
		Py_DECREF((PyObject *)self);
		return NULL;
	}
	self->is_admitted = true;
	self->is_done = false;
	return (PyObject *)self;
}

PyObject *native_breaker_try_acquire(PyObject *object, PyObject *unused)
{
	struct breaker_object *breaker = (struct breaker_object *)object;
	struct ticket_object *self;

	if (native_breaker_check(breaker) < 0)
		return NULL;
	self = ticket_alloc(breaker);
	if (self == NULL)
		return NULL;
	self->call.call = bw_breaker_begin(breaker->handle);
	self->call.forks = breaker->state->forks;
	self->is_admitted = bw_breaker_ticket_admitted(self->call.call.ticket);
	self->is_done = !self->is_admitted;
	return (PyObject *)self;
}

static int use_up(struct ticket_object *self)
{
	if (!self->is_done) {
		self->is_done = true;
		return 0;
	}
	PyErr_SetString(PyExc_RuntimeError, self->is_admitted
						    ? "this ticket was recorded already"
						    : "a rejected call has no outcome to record");
	return -1;
}

static int outcome_of(const char *text, enum bw_breaker_outcome *out)
{
	for (int i = 0; i < OUTCOMES; i++)
		if (PyOS_stricmp(text, bw_breaker_outcome_text((enum bw_breaker_outcome)i)) == 0) {
			*out = (enum bw_breaker_outcome)i;
			return 0;
		}
	PyErr_Format(PyExc_ValueError,
		     "outcome must be 'success', 'failure', 'timeout', 'ignored', 'cancelled' or "
		     "'rejected_local', not '%s'",
		     text);
	return -1;
}

static PyObject *ticket_record(PyObject *object, PyObject *args, PyObject *keywords)
{
	static char *names[] = { "outcome", "duration", NULL };
	struct ticket_object *self = (struct ticket_object *)object;
	PyObject *duration = Py_None;
	enum bw_breaker_outcome outcome;
	const char *text;
	int64_t us = -1;
	bool applied;

	if (!PyArg_ParseTupleAndKeywords(args, keywords, "s|O:record", names, &text, &duration) ||
	    outcome_of(text, &outcome) < 0)
		return NULL;
	if (duration != Py_None && native_seconds(duration, "duration", &us) < 0)
		return NULL;
	if (use_up(self) < 0)
		return NULL;
	if (self->call.forks != self->breaker->state->forks)
		Py_RETURN_FALSE;
	applied = us < 0 ? bw_breaker_end(self->breaker->handle, self->call.call, outcome)
			 : bw_breaker_record(self->breaker->handle, self->call.call.ticket, outcome,
					     us);
	return PyBool_FromLong(applied);
}

static PyObject *ticket_finish(PyObject *object, PyObject *result)
{
	struct ticket_object *self = (struct ticket_object *)object;

	if (use_up(self) < 0)
		return NULL;
	Py_INCREF(result);
	return native_finish(self->breaker, &self->call, result);
}

static PyObject *ticket_enter(PyObject *object, PyObject *unused)
{
	struct ticket_object *self = (struct ticket_object *)object;

	if (!self->is_admitted)
		return native_reject(self->breaker, self->call.call.ticket);
	if (self->is_done) {
		PyErr_SetString(PyExc_RuntimeError, "this ticket was recorded already");
		return NULL;
	}
	Py_INCREF(object);
	return object;
}

static PyObject *ticket_exit(PyObject *object, PyObject *const *args, Py_ssize_t count)
{
	struct ticket_object *self = (struct ticket_object *)object;

	if (count != 3) {
		PyErr_SetString(PyExc_TypeError, "__exit__() takes three arguments");
		return NULL;
	}
	if (self->is_done)
		Py_RETURN_FALSE; /* recorded inside the block */
	self->is_done = true;
	if (args[0] != Py_None)
		native_finish_exception(self->breaker, &self->call, args[0], args[1]);
	else if (self->call.forks == self->breaker->state->forks)
		bw_breaker_end(self->breaker->handle, self->call.call, BW_BREAKER_SUCCESS);
	Py_RETURN_FALSE;
}

static int ticket_bool(PyObject *object)
{
	return ((struct ticket_object *)object)->is_admitted;
}

static PyObject *get_admitted(PyObject *object, void *unused)
{
	return PyBool_FromLong(ticket_bool(object));
}

static PyObject *get_state(PyObject *object, void *unused)
{
	struct ticket_object *self = (struct ticket_object *)object;

	return PyUnicode_FromString(
		bw_breaker_state_text(bw_breaker_ticket_state(self->call.call.ticket)));
}

static PyObject *get_reason(PyObject *object, void *unused)
{
	struct ticket_object *self = (struct ticket_object *)object;

	if (self->is_admitted)
		Py_RETURN_NONE;
	return PyUnicode_FromString(
		bw_breaker_reason_text(bw_breaker_ticket_reason(self->call.call.ticket)));
}

static PyObject *get_retry_after(PyObject *object, void *unused)
{
	struct ticket_object *self = (struct ticket_object *)object;
	int64_t us = bw_breaker_ticket_retry_after_us(self->call.call.ticket);

	if (self->is_admitted || us < 0)
		Py_RETURN_NONE;
	return native_from_us(us);
}

static int ticket_traverse(PyObject *object, visitproc visit, void *arg)
{
	Py_VISIT(Py_TYPE(object));
	Py_VISIT((PyObject *)((struct ticket_object *)object)->breaker);
	return 0;
}

static void ticket_dealloc(PyObject *object)
{
	struct ticket_object *self = (struct ticket_object *)object;
	PyTypeObject *type = Py_TYPE(object);
	freefunc release = (freefunc)PyType_GetSlot(type, Py_tp_free);

	PyObject_GC_UnTrack(object);
	if (!self->is_done)
		native_cancel(self->breaker, &self->call);
	Py_XDECREF((PyObject *)self->breaker);
	release(object);
	Py_DECREF(type);
}

#define KEYWORDS(function) ((PyCFunction)(void (*)(void))(function))

static PyMethodDef ticket_methods[] = {
	{ "record", KEYWORDS(ticket_record), METH_VARARGS | METH_KEYWORDS,
	  "record(outcome, duration=None) -> bool: ends the call.\n\n"
	  "duration: seconds; None: since the ticket was given. False: the breaker has changed\n"
	  "since, and the result counts in the lifetime totals only." },
	{ "_finish", ticket_finish, METH_O, "_finish(result): judges and returns a result." },
	{ "__enter__", ticket_enter, METH_NOARGS, "Begins the block that the ticket is for." },
	{ "__exit__", KEYWORDS(ticket_exit), METH_FASTCALL, "Ends the call." },
	{ NULL, NULL, 0, NULL },
};

static PyGetSetDef ticket_attributes[] = {
	{ "admitted", get_admitted, NULL, "May the call go out?", NULL },
	{ "state", get_state, NULL, "The breaker's state that decided, as text.", NULL },
	{ "reason", get_reason, NULL, "Why it was rejected; None when it was not.", NULL },
	{ "retry_after", get_retry_after, NULL, "Seconds until the next try; None: not known.",
	  NULL },
	{ NULL, NULL, NULL, NULL, NULL },
};

static PyType_Slot ticket_slots[] = {
	{ Py_tp_doc, "A call that acquire() admitted, or that try_acquire() may have rejected." },
	{ Py_tp_traverse, ticket_traverse },
	{ Py_tp_dealloc, ticket_dealloc },
	{ Py_tp_methods, ticket_methods },
	{ Py_tp_getset, ticket_attributes },
	{ Py_nb_bool, ticket_bool },
	{ 0, NULL },
};

static PyType_Spec ticket_spec = {
	.name = "bellwether._native.Ticket",
	.basicsize = sizeof(struct ticket_object),
	.flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION,
	.slots = ticket_slots,
};

int native_add_ticket(PyObject *module)
{
	struct native_state *state = PyModule_GetState(module);

	state->ticket_type = (PyTypeObject *)PyType_FromModuleAndSpec(module, &ticket_spec, NULL);
	if (state->ticket_type == NULL)
		return -1;
	return PyModule_AddType(module, state->ticket_type);
}
