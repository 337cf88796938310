/* assets.h - the pages: files of web/ that the build embedded, and the OpenAPI document. */
#ifndef BW_DAEMON_ASSETS_H
#define BW_DAEMON_ASSETS_H

#include "http/server.h"

/* Publishes every file and the headers that keep a page from loading anything foreign. */
void assets_publish(struct http_server *server);

#endif
