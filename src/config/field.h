/* field.h - tables that say what a setting is called, holds, defaults to and means.
 *
 * From one table come the parser, `config explain`, the JSON schema and the manual's option tables.
 * A table is a const array ended by a row without a name; rows stand in the order a manual would
 * print them.
 */
#ifndef BW_CONFIG_FIELD_H
#define BW_CONFIG_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum config_type {
	CONFIG_BOOL,     /* bool */
	CONFIG_INT,      /* int64_t */
	CONFIG_NUMBER,   /* double */
	CONFIG_DURATION, /* int64_t microseconds: 500ms 30s 5m 24h 7d */
	CONFIG_SIZE,     /* int64_t bytes: 64MiB 10kB 512 */
	CONFIG_TEXT,     /* const char *; ${ENV} is replaced */
	CONFIG_SECRET,   /* const char *; ${ENV} and file:/path; never shown */
	CONFIG_URL, /* const char *; as text, must have a scheme; a password in it is never shown */
	CONFIG_NAME,        /* const char *; lower-case words joined by - _ . */
	CONFIG_WORD,        /* int: index into `words` */
	CONFIG_TEXT_LIST,   /* struct config_list of const char *; a single text is a list of one */
	CONFIG_NUMBER_LIST, /* struct config_list of double; a single number is a list of one */
	CONFIG_TEXT_MAP,    /* struct config_list of struct config_pair; a value may be a secret
			       reference */
	CONFIG_OBJECT,      /* the struct of `fields`, embedded at `offset` */
	CONFIG_OBJECT_LIST, /* struct config_list of the struct of `fields` (object_size bytes each)
			     */
};

struct config_list {
	void *items; /* in the configuration's arena */
	size_t count;
};

struct config_pair {
	const char *name, *value;
};

struct config_field {
	const char *name;
	enum config_type type;
	size_t offset;
	const char *standard; /* the default as one would write it; NULL: zero, NULL or empty */
	double min,
		max; /* in the field's base unit (numbers, us, bytes, list length); both 0: any */
	const char *help; /* one or two sentences, no full stop needed after the last */
	bool required;
	const char *const *words;          /* CONFIG_WORD: ended by NULL */
	const struct config_field *fields; /* CONFIG_OBJECT, CONFIG_OBJECT_LIST */
	size_t object_size;                /* CONFIG_OBJECT_LIST */
	const char *example;               /* for `explain`; NULL: none */
	size_t given; /* offset + 1 of a bool that tells whether the field was written; 0: not
			 wanted */
	const char *shorthand; /* CONFIG_OBJECT: a text instead of the map is this field's value */
	bool raw; /* whoever owns the table decodes it: at `offset` is a const struct config_node *;
		     `type` and `fields` tell explain and the schema what it holds */
};

#endif
