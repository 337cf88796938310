/* guarded.c - the type bellwether._native.GuardedFunction: what the decorator leaves.
 *
 * A function as far as a caller can see: it binds to objects, pickles by its name and carries the
 * attributes of the function inside (the package copies them with functools.update_wrapper()).
 */
#include "native.h"

#include <stddef.h>
#include <structmember.h>

struct guarded_object {
	PyObject_HEAD struct breaker_object *breaker;
	PyObject *function;
	PyObject *dict, *weak_references;
};

PyObject *native_breaker_guard(PyObject *object, PyObject *function)
{
	struct breaker_object *breaker = (struct breaker_object *)object;
	struct guarded_object *self;
	PyTypeObject *type;

	if (native_breaker_check(breaker) < 0)
		return NULL;
	if (!PyCallable_Check(function)) {
		PyErr_Format(PyExc_TypeError, "a breaker guards a function, not %R", function);
		return NULL;
	}
	type = breaker->state->guarded_type;
	self = (struct guarded_object *)((allocfunc)PyType_GetSlot(type, Py_tp_alloc))(type, 0);
	if (self == NULL)
		return NULL;
	Py_INCREF(object);
	Py_INCREF(function);
	self->breaker = breaker;
	self->function = function;
	return (PyObject *)self;
}

static PyObject *guarded_call(PyObject *object, PyObject *args, PyObject *keywords)
{
	struct guarded_object *self = (struct guarded_object *)object;
	struct native_call call;

	if (native_begin(self->breaker, &call) < 0)
		return NULL;
	return native_finish(self->breaker, &call, PyObject_Call(self->function, args, keywords));
}

static PyObject *guarded_bind(PyObject *object, PyObject *instance, PyObject *owner)
{
	struct guarded_object *self = (struct guarded_object *)object;

	if (instance == NULL || instance == Py_None) {
		Py_INCREF(object);
		return object;
	}
	return PyObject_CallFunctionObjArgs(self->breaker->state->method_type, object, instance,
					    NULL);
}

static PyObject *guarded_reduce(PyObject *object, PyObject *unused)
{
	return PyObject_GetAttrString(object, "__qualname__");
}

static PyObject *guarded_repr(PyObject *object)
{
	struct guarded_object *self = (struct guarded_object *)object;

	return PyUnicode_FromFormat("<%R guarded by breaker '%s'>", self->function,
				    bw_breaker_name(self->breaker->handle));
}

static int guarded_traverse(PyObject *object, visitproc visit, void *arg)
{
	struct guarded_object *self = (struct guarded_object *)object;

	Py_VISIT(Py_TYPE(object));
	Py_VISIT((PyObject *)self->breaker);
	Py_VISIT(self->function);
	Py_VISIT(self->dict);
	return 0;
}

static int guarded_clear(PyObject *object)
{
	Py_CLEAR(((struct guarded_object *)object)->dict);
	return 0;
}

static void guarded_dealloc(PyObject *object)
{
	struct guarded_object *self = (struct guarded_object *)object;
	PyTypeObject *type = Py_TYPE(object);
	freefunc release = (freefunc)PyType_GetSlot(type, Py_tp_free);

	PyObject_GC_UnTrack(object);
	if (self->weak_references != NULL)
		PyObject_ClearWeakRefs(object);
	guarded_clear(object);
	Py_XDECREF((PyObject *)self->breaker);
	Py_XDECREF(self->function);
	release(object);
	Py_DECREF(type);
}

static PyMethodDef guarded_methods[] = {
	{ "__reduce__", guarded_reduce, METH_NOARGS, "Pickles by name, as a function does." },
	{ NULL, NULL, 0, NULL },
};

static PyMemberDef guarded_members[] = {
	{ "__dictoffset__", T_PYSSIZET, offsetof(struct guarded_object, dict), READONLY, NULL },
	{ "__weaklistoffset__", T_PYSSIZET, offsetof(struct guarded_object, weak_references),
	  READONLY, NULL },
	{ "breaker", T_OBJECT_EX, offsetof(struct guarded_object, breaker), READONLY,
	  "The CircuitBreaker that every call goes through." },
	{ NULL, 0, 0, 0, NULL },
};

static PyGetSetDef guarded_attributes[] = {
	{ "__dict__", PyObject_GenericGetDict, PyObject_GenericSetDict, NULL, NULL },
	{ NULL, NULL, NULL, NULL, NULL },
};

static PyType_Slot guarded_slots[] = {
	{ Py_tp_doc, "A function whose calls go through a breaker." },
	{ Py_tp_call, guarded_call },
	{ Py_tp_descr_get, guarded_bind },
	{ Py_tp_repr, guarded_repr },
	{ Py_tp_traverse, guarded_traverse },
	{ Py_tp_clear, guarded_clear },
	{ Py_tp_dealloc, guarded_dealloc },
	{ Py_tp_methods, guarded_methods },
	{ Py_tp_members, guarded_members },
	{ Py_tp_getset, guarded_attributes },
	{ 0, NULL },
};

static PyType_Spec guarded_spec = {
	.name = "bellwether._native.GuardedFunction",
	.basicsize = sizeof(struct guarded_object),
	.flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_GC | Py_TPFLAGS_DISALLOW_INSTANTIATION |
		 Py_TPFLAGS_METHOD_DESCRIPTOR,
	.slots = guarded_slots,
};

int native_add_guarded(PyObject *module)
{
	struct native_state *state = PyModule_GetState(module);

	state->guarded_type = (PyTypeObject *)PyType_FromModuleAndSpec(module, &guarded_spec, NULL);
	if (state->guarded_type == NULL)
		return -1;
	return PyModule_AddType(module, state->guarded_type);
}
