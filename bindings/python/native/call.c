/* call.c - admitting calls, Breaker.call() and `with breaker:`.
 *
 * One breaker is used by many threads and tasks at once, and a `with` block has no memory of its
 * own: the breaker keeps the blocks that are inside, each with its thread and its asyncio task, and
 * a block that ends takes the newest one of its own. Blocks of one task nest, so that is its own;
 * generators that are suspended inside `with` may swap start times among themselves, never results.
 */
#include "native.h"

#include <pythread.h>
#include <string.h>

PyObject *native_reject(struct breaker_object *breaker, struct bw_breaker_ticket ticket)
{
	struct native_state *state = breaker->state;
	int64_t retry_us = bw_breaker_ticket_retry_after_us(ticket);
	const char *name = bw_breaker_name(breaker->handle);
	PyObject *error;

	if (state->rejection == NULL) {
		PyErr_SetString(PyExc_RuntimeError, "the circuit breaker is open");
		return NULL;
	}
	error = retry_us < 0
			? PyObject_CallFunction(
				  state->rejection, "sOOO", name,
				  state->state_texts[bw_breaker_ticket_state(ticket)],
				  state->reason_texts[bw_breaker_ticket_reason(ticket)], Py_None)
			: PyObject_CallFunction(
				  state->rejection, "sOOd", name,
				  state->state_texts[bw_breaker_ticket_state(ticket)],
				  state->reason_texts[bw_breaker_ticket_reason(ticket)],
				  (double)retry_us / 1e6);
	if (error != NULL)
		PyErr_SetObject(state->rejection, error);
	Py_XDECREF(error);
	return NULL;
}

int native_breaker_check(struct breaker_object *breaker)
{
	if (breaker->handle != NULL)
		return 0;
	PyErr_SetString(PyExc_RuntimeError, "this breaker was never opened: "
					    "its __init__ was not called or has failed");
	return -1;
}

int native_begin(struct breaker_object *breaker, struct native_call *out)
{
	if (native_breaker_check(breaker) < 0)
		return -1;
	out->call = bw_breaker_begin(breaker->handle);
	out->forks = breaker->state->forks;
	if (bw_breaker_ticket_admitted(out->call.ticket))
		return 0;
	native_reject(breaker, out->call.ticket);
	return -1;
}

PyObject *native_breaker_call(PyObject *self, PyObject *args, PyObject *keywords)
{
	struct breaker_object *breaker = (struct breaker_object *)self;
	struct native_call call;
	PyObject *rest, *result;

	if (PyTuple_Size(args) < 1 || !PyCallable_Check(PyTuple_GetItem(args, 0))) {
		PyErr_SetString(PyExc_TypeError,
				"call() needs the function to call as its first argument");
		return NULL;
	}
	rest = PyTuple_GetSlice(args, 1, PyTuple_Size(args));
	if (rest == NULL)
		return NULL;
	if (native_begin(breaker, &call) < 0) {
		Py_DECREF(rest);
		return NULL;
	}
	result = native_finish(breaker, &call,
			       PyObject_Call(PyTuple_GetItem(args, 0), rest, keywords));
	Py_DECREF(rest);
	return result;
}

/* ---- with ---- */

/* Once asyncio was imported, its two functions that say where we are. */
static int find_asyncio(struct native_state *state)
{
	PyObject *modules = PyImport_GetModuleDict();
	PyObject *asyncio = PyDict_GetItemString(modules, "asyncio");

	if (asyncio == NULL || state->running_loop != NULL)
		return state->running_loop != NULL;
	state->current_task = PyObject_GetAttrString(asyncio, "current_task");
	state->running_loop = PyObject_GetAttrString(asyncio, "_get_running_loop");
	if (state->current_task != NULL && state->running_loop != NULL)
		return 1;
	PyErr_Clear(); /* half-way through its own import */
	Py_CLEAR(state->current_task);
	Py_CLEAR(state->running_loop);
	return 0;
}

static uintptr_t this_task(struct native_state *state)
{
	PyObject *loop, *task = NULL;
	uintptr_t id = 0;

	if (state->running_loop == NULL && !find_asyncio(state))
		return 0;
	loop = PyObject_CallNoArgs(state->running_loop);
	if (loop != NULL && loop != Py_None)
		task = PyObject_CallFunctionObjArgs(state->current_task, loop, NULL);
	if (task != NULL && task != Py_None)
		id = (uintptr_t)task;
	Py_XDECREF(task);
	Py_XDECREF(loop);
	PyErr_Clear();
	return id;
}

static struct native_block *new_block(struct breaker_object *breaker)
{
	size_t room = breaker->block_room != 0 ? breaker->block_room * 2 : 8;
	struct native_block *blocks;

	if (breaker->block_count < breaker->block_room)
		return &breaker->blocks[breaker->block_count];
	if (room > NATIVE_BLOCKS_MAX) {
		PyErr_Format(PyExc_RuntimeError, "more than %d `with` blocks of one breaker",
			     NATIVE_BLOCKS_MAX);
		return NULL;
	}
	blocks = PyMem_Realloc(breaker->blocks, room * sizeof(*blocks));
	if (blocks == NULL) {
		PyErr_NoMemory();
		return NULL;
	}
	breaker->blocks = blocks;
	breaker->block_room = room;
	return &blocks[breaker->block_count];
}

PyObject *native_breaker_enter(PyObject *self, PyObject *unused)
{
	struct breaker_object *breaker = (struct breaker_object *)self;
	struct native_block *block;
	uintptr_t task;

	if (native_breaker_check(breaker) < 0)
		return NULL;
	task = this_task(breaker->state);
	block = new_block(breaker);
	if (block == NULL || native_begin(breaker, &block->call) < 0)
		return NULL;
	block->thread = PyThread_get_thread_ident();
	block->task = task;
	breaker->block_count++;
	Py_INCREF(self);
	return self;
}

/* The newest of this task, else of this thread, else of anybody; -1: none at all. */
static Py_ssize_t find_block(const struct breaker_object *breaker, uintptr_t task)
{
	unsigned long thread = PyThread_get_thread_ident();
	Py_ssize_t last = (Py_ssize_t)breaker->block_count - 1;

	for (Py_ssize_t i = last; i >= 0; i--)
		if (breaker->blocks[i].thread == thread && breaker->blocks[i].task == task)
			return i;
	for (Py_ssize_t i = last; i >= 0; i--)
		if (breaker->blocks[i].thread == thread)
			return i;
	return last;
}

static struct native_call take_block(struct breaker_object *breaker, size_t place)
{
	struct native_call call = breaker->blocks[place].call;

	breaker->block_count--;
	memmove(&breaker->blocks[place], &breaker->blocks[place + 1],
		(breaker->block_count - place) * sizeof(breaker->blocks[0]));
	return call;
}

PyObject *native_breaker_exit(PyObject *self, PyObject *const *args, Py_ssize_t count)
{
	struct breaker_object *breaker = (struct breaker_object *)self;
	struct native_call call;
	Py_ssize_t place;

	if (native_breaker_check(breaker) < 0)
		return NULL;
	if (count != 3) {
		PyErr_SetString(PyExc_TypeError, "__exit__() takes three arguments");
		return NULL;
	}
	place = find_block(breaker, this_task(breaker->state));
	if (place < 0) {
		PyErr_SetString(PyExc_RuntimeError, "__exit__() without __enter__()");
		return NULL;
	}
	call = take_block(breaker, (size_t)place);
	if (args[0] != Py_None)
		native_finish_exception(breaker, &call, args[0], args[1]);
	else if (call.forks == breaker->state->forks)
		bw_breaker_end(breaker->handle, call.call, BW_BREAKER_SUCCESS);
	Py_RETURN_FALSE;
}
