/* daemon.h - the door of `bellwether serve`: everything put together, until a signal ends it.
 *
 * Threads: called once, from main's thread, which becomes the loop's.
 */
#ifndef BW_DAEMON_DAEMON_H
#define BW_DAEMON_DAEMON_H

struct daemon_options {
	const char
		*config_path; /* a file or a folder; NULL: watch this host and what answers here */
	const char *listen;   /* instead of server.listen; NULL */
	const char *data_dir; /* where the store lives; NULL: the usual place (paths.h) */
	int verbosity;        /* -1 quiet: errors and warnings; 0; 1 verbose: debug lines too */
};

/* Serves until SIGTERM or SIGINT, then ends what is in flight. Returns an exit status of
 * sysexits.h: 0 after a signal; 66 or 78 for a configuration that cannot be read or is wrong; 69
 * when an address cannot be bound. Everything a person needs to know was printed on standard error.
 */
int daemon_serve(const struct daemon_options *options);

#endif
