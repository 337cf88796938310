/* config.c - settings between a dict of Python and the library's struct, by one table.
 *
 * Types and single ranges are checked here, because the messages must speak of seconds and of the
 * names a Python user knows; the library checks the whole again.
 */
#include "native.h"

#include <stddef.h>
#include <string.h>

enum kind { KIND_INT, KIND_REAL, KIND_SECONDS, KIND_BOOL, KIND_STRATEGY };

struct setting {
	const char *name;
	enum kind kind;
	size_t offset;
	double minimum, maximum;
	bool above; /* the minimum itself is not allowed */
};

#define AT(member) offsetof(struct bw_breaker_config, member)
#define YEAR 31622400.0

static const struct setting settings_table[] = {
	{ "failure_threshold", KIND_INT, AT(failure_threshold), 1, 1e6, false },
	{ "failure_rate_threshold", KIND_REAL, AT(failure_rate_threshold), 0, 1, true },
	{ "timeout_threshold", KIND_SECONDS, AT(timeout_threshold_us), 0, YEAR, true },
	{ "recovery_timeout", KIND_SECONDS, AT(recovery_timeout_us), 0, YEAR, false },
	{ "success_threshold", KIND_INT, AT(success_threshold), 1, 1e6, false },
	{ "window_size", KIND_SECONDS, AT(window_us), 0.00006, YEAR, false },
	{ "detection_strategy", KIND_STRATEGY, AT(strategy), 0, 0, false },
	{ "minimum_calls", KIND_INT, AT(minimum_calls), 1, 1e6, false },
	{ "max_probes", KIND_INT, AT(max_probes), 0, BW_BREAKER_PROBES_MAX, false },
	{ "retry_multiplier", KIND_REAL, AT(retry_multiplier), 1, 1e6, false },
	{ "retry_jitter", KIND_REAL, AT(retry_jitter), 0, 1, false },
	{ "max_open", KIND_SECONDS, AT(max_open_us), 0, YEAR, false },
	{ "lump", KIND_SECONDS, AT(lump_us), 0, YEAR, false },
	{ "min_failing_workers", KIND_INT, AT(min_failing_workers), 1, 64, false },
	{ "slow_success_counts", KIND_BOOL, AT(slow_success_counts), 0, 0, false },
	{ "slow_threshold", KIND_SECONDS, AT(slow_threshold_us), 0, YEAR, false },
};

enum { SETTINGS = sizeof(settings_table) / sizeof(settings_table[0]), STRATEGIES = 4 };

static int wrong_value(const struct setting *setting, PyObject *value)
{
	char low[32], high[32];
	const char *unit = setting->kind == KIND_SECONDS ? " seconds" : "";

	PyOS_snprintf(low, sizeof(low), "%.10g", setting->minimum);
	PyOS_snprintf(high, sizeof(high), "%.10g", setting->maximum);
	PyErr_Format(PyExc_ValueError, "%s must be %s%s %s %s%s, not %R", setting->name,
		     setting->above ? "above " : "", low, setting->above ? "and at most" : "to",
		     high, unit, value);
	return -1;
}

static int wrong_kind(const struct setting *setting, PyObject *value)
{
	static const char *const wanted[] = { "a whole number", "a number", "a number of seconds",
					      "True or False", "a strategy's name" };
	PyObject *name = PyObject_GetAttrString((PyObject *)Py_TYPE(value), "__name__");

	if (name != NULL)
		PyErr_Format(PyExc_TypeError, "%s must be %s, not %S", setting->name,
			     wanted[setting->kind], name);
	Py_XDECREF(name);
	return -1;
}

/* The value as a number; -1 with an exception. */
static int read_number(const struct setting *setting, PyObject *value, double *out)
{
	bool is_whole = setting->kind == KIND_INT;
	PyObject *number = NULL;

	if (!PyBool_Check(value) && !PyUnicode_Check(value))
		number = is_whole ? PyNumber_Index(value) : PyNumber_Float(value);
	if (number == NULL) {
		if (PyErr_Occurred() && !PyErr_ExceptionMatches(PyExc_TypeError))
			return -1;
		PyErr_Clear();
		return wrong_kind(setting, value);
	}
	*out = PyFloat_AsDouble(number);
	Py_DECREF(number);
	if (*out == -1.0 && PyErr_Occurred())
		PyErr_Clear(); /* a whole number beyond all doubles is beyond the range, too */
	if (!(*out >= setting->minimum && *out <= setting->maximum) ||
	    (setting->above && *out <= setting->minimum))
		return wrong_value(setting, value);
	return 0;
}

static int read_strategy(const struct setting *setting, PyObject *value, void *at)
{
	const char *text;

	if (!PyUnicode_Check(value))
		return wrong_kind(setting, value);
	text = PyUnicode_AsUTF8AndSize(value, NULL);
	if (text == NULL)
		return -1;
	for (int i = 0; i < STRATEGIES; i++)
		if (strcmp(text, bw_breaker_strategy_text((enum bw_breaker_strategy)i)) == 0) {
			*(enum bw_breaker_strategy *)at = (enum bw_breaker_strategy)i;
			return 0;
		}
	PyErr_Format(PyExc_ValueError,
		     "%s must be 'combined', 'consecutive', 'failure_rate' or 'timeout_rate', "
		     "not '%s'",
		     setting->name, text);
	return -1;
}

static int read_setting(const struct setting *setting, PyObject *value,
			struct bw_breaker_config *out)
{
	void *at = (char *)out + setting->offset;
	double number = 0;

	if (setting->kind == KIND_STRATEGY)
		return read_strategy(setting, value, at);
	if (setting->kind == KIND_BOOL) {
		if (!PyBool_Check(value))
			return wrong_kind(setting, value);
		*(bool *)at = value == Py_True;
		return 0;
	}
	if (read_number(setting, value, &number) < 0)
		return -1;
	if (setting->kind == KIND_INT)
		*(int *)at = (int)number;
	else if (setting->kind == KIND_REAL)
		*(double *)at = number;
	else
		*(int64_t *)at = (int64_t)(number * 1e6 + 0.5);
	/* Less than a microsecond is not nothing where nothing is not allowed. */
	if (setting->kind == KIND_SECONDS && setting->above && *(int64_t *)at == 0)
		*(int64_t *)at = 1;
	return 0;
}

static const struct setting *find_setting(PyObject *key)
{
	for (int i = 0; i < SETTINGS; i++)
		if (PyUnicode_Check(key) &&
		    PyUnicode_CompareWithASCIIString(key, settings_table[i].name) == 0)
			return &settings_table[i];
	PyErr_Format(PyExc_TypeError, "there is no setting %R", key);
	return NULL;
}

int native_config_read(PyObject *settings, struct bw_breaker_config *out)
{
	PyObject *key, *value;
	Py_ssize_t place = 0;

	while (PyDict_Next(settings, &place, &key, &value)) {
		const struct setting *setting = find_setting(key);

		if (setting == NULL || read_setting(setting, value, out) < 0)
			return -1;
	}
	return 0;
}

static PyObject *value_of(const struct setting *setting, const struct bw_breaker_config *config)
{
	const void *at = (const char *)config + setting->offset;

	switch (setting->kind) {
	case KIND_INT:
		return PyLong_FromLong(*(const int *)at);
	case KIND_REAL:
		return PyFloat_FromDouble(*(const double *)at);
	case KIND_SECONDS:
		return native_from_us(*(const int64_t *)at);
	case KIND_BOOL:
		return PyBool_FromLong(*(const bool *)at);
	case KIND_STRATEGY:
		return PyUnicode_FromString(
			bw_breaker_strategy_text(*(const enum bw_breaker_strategy *)at));
	}
	Py_RETURN_NONE;
}

PyObject *native_config_dict(const struct bw_breaker_config *config)
{
	PyObject *dict = PyDict_New();

	for (int i = 0; dict != NULL && i < SETTINGS; i++)
		if (native_put(dict, settings_table[i].name, value_of(&settings_table[i], config)) <
		    0)
			Py_CLEAR(dict);
	return dict;
}
