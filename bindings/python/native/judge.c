/* judge.c - what the end of a call means for its breaker.
 *
 * Exceptions are judged by their class alone, which runs no Python code. Only a breaker that was
 * given judges of its own (`is_failure`, `open_for_retry_after`) asks Python, and the call's own
 * result is never lost over it: a judge that raises while the call itself raised is reported by
 * sys.unraisablehook.
 *
 * The outcome is recorded before the breaker is opened for a Retry-After: the other way round the
 * result would belong to a generation that is over.
 */
#include "native.h"

static bool is_one_of(PyObject *type, PyObject *classes)
{
	return classes != NULL && PyErr_GivenExceptionMatches(type, classes);
}

enum bw_breaker_outcome native_judge(struct breaker_object *breaker, PyObject *type)
{
	bool is_expected = is_one_of(type, breaker->expected);

	if (is_one_of(type, breaker->ignored))
		return BW_BREAKER_IGNORED;
	if (!PyErr_GivenExceptionMatches(type, PyExc_Exception) && !is_expected)
		return BW_BREAKER_CANCELLED; /* KeyboardInterrupt, asyncio.CancelledError ... */
	if (breaker->expects_all && is_one_of(type, breaker->state->rejection))
		return BW_BREAKER_REJECTED_LOCAL; /* by a breaker further in */
	if (is_one_of(type, breaker->timeouts))
		return BW_BREAKER_TIMEOUT;
	return is_expected ? BW_BREAKER_FAILURE : BW_BREAKER_IGNORED;
}

static void end(struct breaker_object *breaker, struct native_call *call,
		enum bw_breaker_outcome outcome)
{
	if (call->forks == breaker->state->forks)
		bw_breaker_end(breaker->handle, call->call, outcome);
}

void native_cancel(struct breaker_object *breaker, struct native_call *call)
{
	end(breaker, call, BW_BREAKER_CANCELLED);
}

/* Seconds to stay open that the user's hook finds in `thing`; -1: an exception, 0: none. */
static int ask_retry_after(struct breaker_object *breaker, PyObject *thing, int64_t *out_us)
{
	PyObject *answer = PyObject_CallFunctionObjArgs(breaker->retry_after, thing, NULL);
	int found = 0;

	if (answer == NULL)
		return -1;
	if (answer != Py_None) {
		double seconds = PyFloat_AsDouble(answer);

		found = PyErr_Occurred() ? -1 : seconds > 0;
		if (found == 1)
			*out_us = seconds * 1e6 < (double)breaker->retry_after_max_us
					  ? (int64_t)(seconds * 1e6)
					  : breaker->retry_after_max_us;
	}
	Py_DECREF(answer);
	return found;
}

static void obey_retry_after(struct breaker_object *breaker, PyObject *thing)
{
	int64_t us = 0;
	int found = ask_retry_after(breaker, thing, &us);

	if (found < 0)
		PyErr_WriteUnraisable(breaker->retry_after);
	else if (found > 0)
		(void)bw_breaker_open_for(breaker->handle, us);
}

int native_finish_exception(struct breaker_object *breaker, struct native_call *call,
			    PyObject *type, PyObject *value)
{
	enum bw_breaker_outcome outcome = native_judge(breaker, type);

	end(breaker, call, outcome);
	if (breaker->retry_after != NULL && value != NULL && outcome != BW_BREAKER_CANCELLED &&
	    outcome != BW_BREAKER_REJECTED_LOCAL)
		obey_retry_after(breaker, value);
	return 0;
}

static PyObject *finish_raised(struct breaker_object *breaker, struct native_call *call)
{
	PyObject *type, *value, *trace;

	if (breaker->retry_after == NULL) {
		end(breaker, call, native_judge(breaker, PyErr_Occurred()));
		return NULL;
	}
	PyErr_Fetch(&type, &value, &trace);
	PyErr_NormalizeException(&type, &value, &trace);
	if (trace != NULL)
		PyException_SetTraceback(value, trace);
	native_finish_exception(breaker, call, type, value);
	PyErr_Restore(type, value, trace);
	return NULL;
}

/* What the breaker's own judges say of a result; -1 with an exception. */
static int judge_result(struct breaker_object *breaker, PyObject *result,
			enum bw_breaker_outcome *outcome, int64_t *open_us)
{
	*outcome = BW_BREAKER_SUCCESS;
	*open_us = 0;
	if (breaker->is_failure != NULL) {
		PyObject *answer = PyObject_CallFunctionObjArgs(breaker->is_failure, result, NULL);
		int is_failure = answer != NULL ? PyObject_IsTrue(answer) : -1;

		Py_XDECREF(answer);
		if (is_failure < 0)
			return -1;
		if (is_failure)
			*outcome = BW_BREAKER_FAILURE;
	}
	if (breaker->retry_after != NULL && ask_retry_after(breaker, result, open_us) < 0)
		return -1;
	return 0;
}

static PyObject *finish_judged(struct breaker_object *breaker, struct native_call *call,
			       PyObject *result)
{
	enum bw_breaker_outcome outcome;
	int64_t open_us;

	if (judge_result(breaker, result, &outcome, &open_us) < 0) {
		native_cancel(breaker, call);
		Py_DECREF(result);
		return NULL;
	}
	end(breaker, call, outcome);
	if (open_us > 0)
		(void)bw_breaker_open_for(breaker->handle, open_us);
	return result;
}

/* A coroutine has not run yet: to call that a success would be a lie. */
static PyObject *refuse_coroutine(struct breaker_object *breaker, struct native_call *call,
				  PyObject *coroutine)
{
	PyObject *closed = PyObject_CallMethod(coroutine, "close", NULL);

	native_cancel(breaker, call);
	Py_XDECREF(closed);
	Py_DECREF(coroutine);
	if (closed != NULL)
		PyErr_SetString(PyExc_TypeError,
				"the function gave a coroutine, which has not run yet: "
				"await breaker.call_async(...) or decorate an async def");
	return NULL;
}

PyObject *native_finish(struct breaker_object *breaker, struct native_call *call, PyObject *result)
{
	if (result == NULL)
		return finish_raised(breaker, call);
	if ((PyObject *)Py_TYPE(result) == breaker->state->coroutine_type)
		return refuse_coroutine(breaker, call, result);
	if (breaker->is_failure != NULL || breaker->retry_after != NULL)
		return finish_judged(breaker, call, result);
	end(breaker, call, BW_BREAKER_SUCCESS);
	return result;
}
