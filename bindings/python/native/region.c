/* region.c - bellwether._native.Region: the file of the breakers, opened once for a process.
 *
 * A region with a manual clock tests code that waits for a breaker without waiting: its time stands
 * in the object, so the library's clock runs no Python code.
 */
#include "native.h"

#include <string.h>
#include <time.h>

static int64_t clock_us(clockid_t id)
{
	struct timespec now;

	clock_gettime(id, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t native_now_us(const struct region_object *region)
{
	return region->is_manual ? region->manual_us : clock_us(CLOCK_MONOTONIC);
}

int64_t native_wall_us(const struct region_object *region)
{
	return region->is_manual ? region->manual_wall_us : clock_us(CLOCK_REALTIME);
}

static int64_t manual_now(void *arg)
{
	return ((struct region_object *)arg)->manual_us;
}

static int64_t manual_wall(void *arg)
{
	return ((struct region_object *)arg)->manual_wall_us;
}

static int fallback_of(const char *text, enum bw_region_fallback *out)
{
	static const char *const texts[] = { "local", "admit", "error" };

	for (int i = 0; i < 3; i++)
		if (strcmp(text, texts[i]) == 0) {
			*out = (enum bw_region_fallback)i;
			return 0;
		}
	PyErr_Format(PyExc_ValueError,
		     "on_unavailable must be 'local', 'admit' or 'error', not '%s'", text);
	return -1;
}

static int region_open(struct region_object *self, struct bw_region_options options)
{
	const struct bw_clock manual = { .now_us = manual_now,
					 .wall_us = manual_wall,
					 .arg = self };
	struct bw_error error = { "" };
	enum bw_status status;

	if (self->is_manual) {
		self->manual_us = clock_us(CLOCK_MONOTONIC);
		self->manual_wall_us = clock_us(CLOCK_REALTIME);
		options.clock = &manual;
	}
	status = bw_region_open(&options, &self->handle, &error);
	if (status == BW_OK)
		return 0;
	native_raise(status, &error);
	return -1;
}

static struct region_object *region_alloc(PyObject *module)
{
	struct native_state *state = PyModule_GetState(module);
	allocfunc alloc = (allocfunc)PyType_GetSlot(state->region_type, Py_tp_alloc);
	struct region_object *self = (struct region_object *)alloc(state->region_type, 0);

	if (self == NULL)
		return NULL;
	Py_INCREF(module);
	self->module = module;
	self->state = state;
	return self;
}

static PyObject *open_region(PyObject *module, PyObject *args, PyObject *keywords)
{
	static char *names[] = { "path", "on_unavailable", "private", "manual_clock", NULL };
	struct bw_region_options options = { .serial = true };
	const char *path = NULL, *fallback = "local";
	int is_private = 0, is_manual = 0;
	struct region_object *self;

	if (!PyArg_ParseTupleAndKeywords(args, keywords, "|zspp:open_region", names, &path,
					 &fallback, &is_private, &is_manual) ||
	    fallback_of(fallback, &options.fallback) < 0)
		return NULL;
	options.mode = is_private ? BW_REGION_PRIVATE : BW_REGION_SHARED;
	options.path = path;
	self = region_alloc(module);
	if (self == NULL)
		return NULL;
	self->is_manual = is_manual;
	if (region_open(self, options) < 0)
		Py_CLEAR(self);
	return (PyObject *)self;
}

static PyObject *region_advance(PyObject *object, PyObject *seconds)
{
	struct region_object *self = (struct region_object *)object;
	int64_t us;

	if (!self->is_manual) {
		PyErr_SetString(PyExc_RuntimeError,
				"advance() needs a region that was opened with manual_clock=True");
		return NULL;
	}
	if (native_seconds(seconds, "seconds", &us) < 0)
		return NULL;
	self->manual_us += us;
	self->manual_wall_us += us;
	Py_RETURN_NONE;
}

static PyObject *region_info(PyObject *object, PyObject *unused)
{
	static const char *const kinds[] = { "shared",   "read_only", "private",
					     "fallback", "admits",    "off" };
	const struct region_object *self = (struct region_object *)object;
	struct bw_region_info info;

	bw_region_info(self->handle, &info);
	return Py_BuildValue("{s:s, s:s, s:d, s:I, s:I, s:I, s:I, s:K, s:s}", "kind",
			     kinds[info.kind], "path", info.path, "created",
			     (double)info.created_wall_us / 1e6, "breakers", info.breakers,
			     "breakers_max", info.breakers_max, "workers", info.workers,
			     "workers_max", info.workers_max, "corrupt",
			     (unsigned long long)info.corrupt, "trouble", info.trouble.text);
}

static PyObject *region_names(PyObject *object, PyObject *unused)
{
	const struct region_object *self = (struct region_object *)object;
	PyObject *names = PyList_New(0);
	char name[BW_BREAKER_NAME_MAX + 1];
	size_t cursor = 0;

	while (names != NULL && bw_region_next(self->handle, &cursor, name)) {
		PyObject *text = PyUnicode_DecodeUTF8(name, (Py_ssize_t)strlen(name), "replace");

		if (text == NULL || PyList_Append(names, text) < 0)
			Py_CLEAR(names);
		Py_XDECREF(text);
	}
	return names;
}

static void region_dealloc(PyObject *object)
{
	struct region_object *self = (struct region_object *)object;
	PyTypeObject *type = Py_TYPE(object);
	freefunc release = (freefunc)PyType_GetSlot(type, Py_tp_free);

	if (self->handle != NULL)
		bw_region_close(self->handle);
	Py_XDECREF(self->module);
	release(object);
	Py_DECREF(type);
}

static PyMethodDef region_methods[] = {
	{ "advance", region_advance, METH_O, "advance(seconds): moves a manual clock on." },
	{ "info", region_info, METH_NOARGS,
	  "info() -> dict: kind, path, created, breakers, workers, their maxima, corrupt, "
	  "trouble." },
	{ "names", region_names, METH_NOARGS, "names() -> list of the region's breakers." },
	{ NULL, NULL, 0, NULL },
};

static PyType_Slot region_slots[] = {
	{ Py_tp_doc, "The memory that breakers live in; open_region() makes one." },
	{ Py_tp_dealloc, region_dealloc },
	{ Py_tp_methods, region_methods },
	{ 0, NULL },
};

static PyType_Spec region_spec = {
	.name = "bellwether._native.Region",
	.basicsize = sizeof(struct region_object),
	.flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
	.slots = region_slots,
};

static PyMethodDef region_functions[] = {
	{ "open_region", (PyCFunction)(void (*)(void))open_region, METH_VARARGS | METH_KEYWORDS,
	  "open_region(path=None, on_unavailable='local', private=False, manual_clock=False)" },
	{ NULL, NULL, 0, NULL },
};

int native_add_region(PyObject *module)
{
	struct native_state *state = PyModule_GetState(module);

	state->region_type = (PyTypeObject *)PyType_FromModuleAndSpec(module, &region_spec, NULL);
	if (state->region_type == NULL || PyModule_AddType(module, state->region_type) < 0)
		return -1;
	return PyModule_AddFunctions(module, region_functions);
}
