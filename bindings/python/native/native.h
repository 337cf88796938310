/* native.h - what the files of bellwether._native share.
 *
 * Only the stable ABI of Python 3.10 is used, so one file serves every later Python. The GIL is
 * held in every call and never released inside: regions are opened as `serial` on that promise.
 *
 * Owns:    the module's state lives as long as the module; every region holds the module, every
 *          breaker its region, every ticket and guarded function its breaker.
 * Units:   seconds (float) towards Python, microseconds (_us) towards the library.
 * Errors:  as Python's C API: NULL or -1 with an exception set.
 * Threads: whoever holds the GIL.
 */
#ifndef BW_PYTHON_NATIVE_H
#define BW_PYTHON_NATIVE_H

#include <Python.h>
#include <stdbool.h>
#include <stdint.h>

#include <bellwether/breaker.h>

enum { NATIVE_STATES = 6, NATIVE_REASONS = 4 };

/* ---- the module ---- */

struct native_state {
	PyTypeObject *region_type, *breaker_type, *ticket_type, *guarded_type;
	PyObject *rejection;      /* CircuitBreakerError(name, state, reason, retry_after) */
	PyObject *coroutine_type; /* what calling a coroutine function gives */
	PyObject *method_type;    /* binds a guarded function to its object */
	PyObject *running_loop, *current_task; /* of asyncio, once somebody imported it */
	PyObject *state_texts[NATIVE_STATES], *reason_texts[NATIVE_REASONS];
	uint64_t forks; /* this process is so many forks away from where the module was loaded */
};

/* Each adds its type to the module's state and to the module. */
int native_add_dashboard(PyObject *module);
int native_add_region(PyObject *module);
int native_add_breaker(PyObject *module);
int native_add_ticket(PyObject *module);
int native_add_guarded(PyObject *module);

/* The state behind an object of this module's region type; else NULL and a TypeError. */
struct native_state *native_state_of_region(PyObject *region);
/* The exception that fits `status`, with the text of `error`; returns NULL. */
PyObject *native_raise(enum bw_status status, const struct bw_error *error);
/* Borrows `value` (may be NULL) and lets go of what was there. */
void native_set(PyObject **slot, PyObject *value);
/* Adds a value to a dict and gives up the reference; -1 also when `value` is NULL. */
int native_put(PyObject *dict, const char *key, PyObject *value);
/* Seconds as whole microseconds. `what` is named in the TypeError or ValueError. */
int native_seconds(PyObject *value, const char *what, int64_t *out_us);
PyObject *native_from_us(int64_t us);

/* ---- regions ---- */

struct region_object {
	PyObject_HEAD PyObject *module;
	struct native_state *state;
	struct bw_region *handle;
	bool is_manual; /* time stands still until advance() */
	int64_t manual_us, manual_wall_us;
};

int64_t native_now_us(const struct region_object *region);
int64_t native_wall_us(const struct region_object *region);

/* ---- configurations ---- */

/* Overwrites what `settings` (a dict) names; seconds as numbers. */
int native_config_read(PyObject *settings, struct bw_breaker_config *out);
PyObject *native_config_dict(const struct bw_breaker_config *config);

/* ---- breakers ---- */

/* A call in flight. */
struct native_call {
	struct bw_breaker_call call;
	uint64_t forks; /* a child that inherits it leaves its result to the parent */
};

/* One `with` block that was entered. */
struct native_block {
	struct native_call call;
	unsigned long thread;
	uintptr_t task; /* asyncio's; 0: none */
};

enum { NATIVE_BLOCKS_MAX = 65536 };

struct breaker_object {
	PyObject_HEAD PyObject *weak_references;
	struct native_state *state;
	struct region_object *region;
	struct bw_breaker *handle;
	PyObject *expected, *ignored, *timeouts; /* an exception class or a tuple of them */
	PyObject *is_failure, *retry_after;      /* asked about results; NULL: not asked */
	int64_t retry_after_max_us;
	bool expects_all; /* `expected` is Exception itself */
	struct native_block *blocks;
	size_t block_count, block_room;
};

/* -1 with an exception when __init__ was never reached. */
int native_breaker_check(struct breaker_object *breaker);
/* Admits or raises the rejection. */
int native_begin(struct breaker_object *breaker, struct native_call *out);
PyObject *native_reject(struct breaker_object *breaker, struct bw_breaker_ticket ticket);
/* Ends a call that returned `result` or, when that is NULL, raised what is set now; passes both on.
 * Another exception takes their place when the breaker's own judges raise. */
PyObject *native_finish(struct breaker_object *breaker, struct native_call *call, PyObject *result);
/* The same where there is only an exception class (or None) and its instance. */
int native_finish_exception(struct breaker_object *breaker, struct native_call *call,
			    PyObject *type, PyObject *value);
/* Ends a call without a verdict: it was given up. */
void native_cancel(struct breaker_object *breaker, struct native_call *call);
/* What an exception of this class means; runs no Python code. */
enum bw_breaker_outcome native_judge(struct breaker_object *breaker, PyObject *type);

/* Methods of Breaker that live in other files. */
PyObject *native_breaker_call(PyObject *self, PyObject *args, PyObject *keywords);
PyObject *native_breaker_enter(PyObject *self, PyObject *unused);
PyObject *native_breaker_exit(PyObject *self, PyObject *const *args, Py_ssize_t count);
PyObject *native_breaker_acquire(PyObject *self, PyObject *unused);
PyObject *native_breaker_try_acquire(PyObject *self, PyObject *unused);
PyObject *native_breaker_guard(PyObject *self, PyObject *function);
PyObject *native_breaker_snapshot(PyObject *self, PyObject *unused);
PyObject *native_breaker_events(PyObject *self, PyObject *cursor);
PyObject *native_breaker_workers(PyObject *self, PyObject *unused);

#endif
