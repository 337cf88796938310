/* state.h - what the files of src/http share about the server and its connections.
 *
 * Private to src/http. Files beside it, by what they do:
 *   server.c      the calls of server.h, the thread
 *   handover.c    requests and log lines between the two threads
 *   connection.c  one connection: reading, phases, closing
 *   deadline.c    who has waited too long
 *   exchange.c    one request: which answer, and sending it
 *   stream.c      event streams
 *   budget.c      what all connections together may hold
 *
 * Threads: three groups of fields, each named where it begins. `lock` is held for a few
 * instructions only, never while writing to a socket or calling anybody.
 */
#ifndef BW_HTTP_STATE_H
#define BW_HTTP_STATE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/strmap.h"
#include "http/authority.h"
#include "http/chunk.h"
#include "http/list.h"
#include "http/output.h"
#include "http/parse.h"
#include "http/response.h"
#include "http/router.h"
#include "http/server.h"
#include "http/target.h"
#include "io/listener.h"

enum {
	HTTP_LISTENERS_MAX = 16,
	HTTP_ASKED_MAX = 1024,    /* requests handed to the owner and not answered; beyond: 503 */
	HTTP_LOG_LINES_MAX = 128, /* waiting for the owner; beyond: dropped */
	HTTP_SPARE_INPUTS_MAX = 8,
	HTTP_BODY_ROOM_BYTES = 4096, /* behind the longest head, for reading a body */
};

enum http_phase {
	HTTP_PHASE_HEAD,    /* between requests, or a head is coming in */
	HTTP_PHASE_BODY,    /* a body is coming in */
	HTTP_PHASE_WAITING, /* for the owner's answer */
	HTTP_PHASE_WRITING, /* the answer is going out */
	HTTP_PHASE_STREAM,  /* a subscriber */
	HTTP_PHASE_LINGER,  /* all is sent; reads until the client has seen it */
};

/* One list a limit: within a list the deadlines grow, as all of it wait equally long. */
enum http_clock {
	HTTP_CLOCK_HEAD,
	HTTP_CLOCK_IDLE,
	HTTP_CLOCK_BODY,
	HTTP_CLOCK_WRITE,
	HTTP_CLOCK_LINGER,
	HTTP_CLOCKS,
};

/* Held only while bytes of a request are there. */
struct http_input {
	struct http_input *next_spare;
	struct http_parser parser;
	struct http_chunks chunks;
	struct bw_buf body;
	size_t len;      /* bytes in `data` */
	size_t consumed; /* of them belonging to the current request */
	char data[];     /* header_bytes_max + HTTP_BODY_ROOM_BYTES */
};

struct http_connection {
	struct http_server *server;
	struct io_peer *peer;
	struct http_link link;       /* in server->connections, or ->dead */
	struct http_link clock_link; /* in one of server->clocks, or in none */
	struct http_link topic_link; /* in topic->subscribers, or in none */
	struct http_input *input;
	struct http_output output;
	struct http_body *counted;    /* the output's body as the server's sum knows it */
	size_t claimed;               /* of a body coming in, likewise */
	struct http_request *request; /* while WAITING */
	struct http_topic *topic;     /* while STREAM */
	uint64_t cursor;              /* id of the last event sent */
	int64_t deadline_us;
	int64_t began_us; /* when the head was whole */
	uint8_t phase;
	bool keep_alive, minor_version, head_only, wants_snapshot, paused, is_dead;
};

struct http_log_line {
	char method[HTTP_METHOD_BYTES_MAX + 1];
	char target[512]; /* cut */
	int status;
	int64_t us;
};

struct http_published {
	struct http_body *body;
	const char *cache_control;
	int status;
};

struct http_server {
	/* Constant while the thread runs. */
	struct io_loop *owner, *loop;
	struct http_limits limits;
	void (*on_request)(void *arg, const char *method, const char *target, int status,
			   int64_t us);
	void *on_request_arg;
	const struct http_route *routes;
	void *routes_arg;
	struct http_authorities *authorities;
	char *addresses[HTTP_LISTENERS_MAX];
	struct io_listener *listeners[HTTP_LISTENERS_MAX];
	int listener_count;
	struct io_wakeup *owner_wakeup, *wakeup;
	pthread_t thread;

	/* Any thread. */
	_Atomic(const char *const *) extra_headers;
	_Atomic uint64_t requests, responses_2xx, responses_4xx, responses_5xx, bytes_sent,
		connections_accepted;
	atomic_int connection_count, stream_count;

	/* Under `lock`. */
	pthread_mutex_t lock;
	struct bw_strmap *published, *topics;
	struct http_link asked;    /* requests for the owner to handle */
	struct http_link held;     /* handled, the answer will come later */
	struct http_link answered; /* for the server's thread to send */
	int asked_count;           /* of all three */
	size_t asked_bytes;        /* bodies of requests in all three */
	size_t answered_bytes;     /* bodies of answers in `answered` */
	struct http_log_line *log_lines;
	int log_first, log_count;
	bool topics_changed, stop_asked, has_stopped;
	int64_t grace_us;

	/* The owner's thread. */
	bool is_running;

	/* The server's thread. */
	struct http_link connections, dead;
	struct http_link clocks[HTTP_CLOCKS];
	size_t outgoing_bytes, incoming_bytes;
	struct io_timer *sweep, *log_timer, *grace;
	int64_t sweep_at_us;
	struct http_input *spare_inputs;
	int spare_input_count;
	struct bw_buf scratch; /* the head of the response being written */
	char *target_store;
	int64_t date_second;
	char date[HTTP_DATE_TEXT_MAX];
	bool is_draining, log_timer_runs;
};

struct http_request {
	struct http_link link; /* in asked, held or answered */
	struct http_server *server;
	struct http_connection *connection; /* the server's thread; NULL: the client has gone */
	const struct http_route *route;
	struct http_target target;
	const char *parts[HTTP_PARTS_MAX];
	const char *body;
	size_t body_len;
	struct bw_buf body_bytes;
	/* the response */
	int status;
	struct http_body *answer;
	struct bw_buf answer_fields;
};

static inline int64_t http_now_us(const struct http_server *server)
{
	return io_loop_mono(server->loop).us;
}

/* handover.c */
/* Hands the whole request over; takes its body. NULL: too many are waiting. */
struct http_request *http_handover_ask(struct http_connection *connection);
void http_handover_on_owner(void *server);
void http_handover_on_server(struct http_server *server);
void http_handover_log(struct http_connection *connection, int status);
void http_handover_on_log_timer(void *server);
void http_request_destroy(struct http_request *request);

/* connection.c */
void http_connection_accept(struct http_server *server, struct io_peer *peer);
/* Goes on after an answer: reads what is there, waits for what is not. */
void http_connection_resume(struct http_connection *connection);
/* The response has gone out as a whole: next request, or the end. */
void http_connection_next(struct http_connection *connection);
/* Ends the sending side and reads until the client closes, so that it sees the last answer. */
void http_connection_linger(struct http_connection *connection);
void http_connection_close(struct http_connection *connection);
/* Likewise, and what is not sent yet is dropped. */
void http_connection_abort(struct http_connection *connection);
/* A limit has passed. */
void http_connection_expire(struct http_connection *connection, enum http_clock clock);
/* Frees those closed in this turn; called where no pointer to one is left. */
void http_connection_bury(struct http_server *server);
/* Watches what the phase needs. */
void http_connection_settle(struct http_connection *connection);
void http_connection_release_input(struct http_connection *connection);
void http_connection_drain(struct http_server *server);

/* deadline.c */
void http_deadline_set(struct http_connection *connection, enum http_clock clock);
void http_deadline_clear(struct http_connection *connection);
void http_deadline_on_sweep(void *server);

/* exchange.c */
struct http_answer {
	int status;
	struct http_body *body; /* borrowed; NULL: none */
	const char *cache_control;
	const char *fields; /* whole lines */
	size_t fields_len;
	unsigned allowed;
	bool has_allowed, ends_connection;
};

/* The head is whole: answers, or begins to read the body, or asks the owner. */
void http_exchange_begin(struct http_connection *connection);
/* The body is whole. */
void http_exchange_ask(struct http_connection *connection);
void http_exchange_answer(struct http_connection *connection, const struct http_answer *answer);
/* Answers with a problem document and ends the connection, as its framing is in doubt. */
void http_exchange_refuse(struct http_connection *connection, int status, const char *why);
/* Status line and the fields every response has, in server->scratch; what the answer (or NULL) has
 * of its own stands for the server's. */
void http_exchange_head(struct http_connection *connection, int status,
			const struct http_answer *answer);
void http_exchange_count(struct http_connection *connection, int status);

/* budget.c */
/* Takes in what the connection holds now. */
void http_budget_note(struct http_connection *connection);
void http_budget_forget(struct http_connection *connection);
/* Ends connections until the sums fit; called where no list is being walked. */
void http_budget_enforce(struct http_server *server);

/* stream.c */
void http_stream_begin(struct http_connection *connection, struct http_topic *topic);
/* The output has room again. */
void http_stream_pump(struct http_connection *connection);
void http_stream_leave(struct http_connection *connection);
/* To all subscribers what is new. */
void http_stream_broadcast(struct http_server *server);
void http_topic_destroy(struct http_topic *topic);

#endif
