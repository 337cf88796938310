/* native.h - what the files of bellwether._native share.
 *
 * Only the stable ABI of Python 3.10 is used, so that one file serves every later Python. The GIL
 * is held in every call and never released inside: the region is opened as `serial` on that promise.
 *
 * Owns:    the module's state lives as long as the module; every type holds the module.
 * Errors:  as Python's C API: NULL or -1 with an exception set.
 * Threads: whoever holds the GIL.
 */
#ifndef BW_PYTHON_NATIVE_H
#define BW_PYTHON_NATIVE_H

#include <Python.h>

/* Each adds what its file defines to the module; -1 with an exception. */
int native_add_dashboard(PyObject *module);

#endif
