/* condition_impl.h - the inside of a condition, for condition*.c and pattern.c only.
 *
 * Owns:    a condition owns its text, nodes, texts of literals and compiled expressions.
 */
#ifndef BW_ALERTS_CONDITION_IMPL_H
#define BW_ALERTS_CONDITION_IMPL_H

#include <stdint.h>

#include "alerts/condition.h"
#include "alerts/regex.h"
#include "base/status.h"

enum node_kind {
	NODE_AND,
	NODE_OR,
	NODE_NOT,     /* left */
	NODE_TRUTH,   /* field: a bool */
	NODE_COMPARE, /* field op (literal or other) */
	NODE_IN,      /* field, any of the literals */
	NODE_MATCH,   /* field, regex */
};

enum compare { COMPARE_EQ, COMPARE_NE, COMPARE_LT, COMPARE_LE, COMPARE_GT, COMPARE_GE };

struct literal {
	enum fact_type type;
	bool boolean;
	double number;
	char *text;
};

struct node {
	enum node_kind kind;
	enum compare op;
	bool negated;     /* NODE_MATCH by !~, NODE_IN by `not in` */
	int field, other; /* other: -1 when there are literals */
	int left, right;  /* nodes */
	struct literal *literals;
	size_t literal_count;
	struct alert_regex *regex;
};

struct condition {
	char *text;
	struct node *nodes;
	size_t count;
	int root;
	enum alert_subject_kind subject;
};

enum token_kind {
	TOKEN_END,
	TOKEN_WORD,   /* field, bare word, and, or, not, in, true, false */
	TOKEN_NUMBER, /* with its unit */
	TOKEN_TEXT,   /* in quotes */
	TOKEN_COMPARE,
	TOKEN_MATCH,     /* =~ */
	TOKEN_NOT_MATCH, /* !~ */
	TOKEN_OPEN,
	TOKEN_CLOSE,
	TOKEN_COMMA,
};

struct token {
	enum token_kind kind;
	size_t at, len; /* in the text */
	enum compare compare;
	double number; /* in the base unit */
	bool has_unit;
	enum fact_unit unit;
};

struct lexer {
	const char *text;
	size_t at;
	struct token token; /* the one to look at */
	struct condition_error *err;
};

/* Reads the next token into lexer->token; BW_EPARSE with the error set. */
BW_MUST_USE enum bw_status lexer_next(struct lexer *lexer);
bool lexer_is(const struct lexer *lexer, const char *word);
/* Sets the error at this token; always BW_EPARSE. */
enum bw_status condition_fail(struct condition_error *err, size_t at, size_t len,
			      const char *format, ...) BW_PRINTF(4, 5);
/* What is wrong with the token that is to be looked at; always BW_EPARSE with the error set. */
enum bw_status condition_refuse_token(const struct lexer *lexer, const char *what);
enum bw_status condition_refuse_start(const struct lexer *lexer); /* of a comparison */
enum bw_status condition_refuse_value(const struct lexer *lexer, const struct fact_field *field);
/* `name`: the field's own token, behind which no comparison stands. */
enum bw_status condition_refuse_alone(const struct lexer *lexer, const struct fact_field *field,
				      const struct token *name);
/* "a percentage", "a time", "a size", "a number", "true or false", "a text": for messages. */
const char *fact_type_words(const struct fact_field *field);
/* What a number of this unit looks like: "90%". */
const char *fact_unit_example(enum fact_unit unit);
/* The field of this name, or -1 with the error set: a guess, or where they are listed. */
int condition_field(const char *text, size_t at, size_t len, struct condition_error *err);
/* The subject after one more field; BW_EINVAL with the error set: it does not go with those. */
BW_MUST_USE enum bw_status condition_take_subject(enum alert_subject_kind *subject, bool *is_set,
						  int field, size_t at, size_t len,
						  struct condition_error *err);

#endif
