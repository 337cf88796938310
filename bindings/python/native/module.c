/* module.c - the module bellwether._native: multi-phase, no global state, so that interpreters that
 * share one GIL each have their own. An interpreter with a GIL of its own is refused by Python
 * itself, as the module does not say that it could live there.
 */
#include "native.h"

static PyModuleDef_Slot native_slots[] = {
	{ Py_mod_exec, native_add_dashboard },
	{ 0, NULL },
};

static struct PyModuleDef native_module = {
	PyModuleDef_HEAD_INIT,
	.m_name = "bellwether._native",
	.m_doc = "The C part of bellwether; use the package instead.",
	.m_slots = native_slots,
};

PyMODINIT_FUNC PyInit__native(void);

PyMODINIT_FUNC PyInit__native(void)
{
	return PyModuleDef_Init(&native_module);
}
