/* api_routes.c - which handler answers which path. /api/v1/dashboard, /api/v1/events, the OpenAPI
 * document and the pages are published resources (publish.c, assets.c) and need no handler.
 */
#include "daemon/api.h"

const struct http_route api_routes[] = {
	{ HTTP_POST, "/-/reload", api_reload },
	{ HTTP_GET, "/api/v1/alerts", api_alerts },
	{ HTTP_GET, "/api/v1/alerts/summary", api_alert_summary },
	{ HTTP_GET, "/api/v1/alerts/{id}", api_alert },
	{ HTTP_GET, "/api/v1/breakers", api_breakers },
	{ HTTP_GET, "/api/v1/breakers/{name}", api_breaker },
	{ HTTP_POST, "/api/v1/breakers/{name}/disable", api_breaker_disable },
	{ HTTP_POST, "/api/v1/breakers/{name}/enable", api_breaker_enable },
	{ HTTP_POST, "/api/v1/breakers/{name}/force-open", api_breaker_force_open },
	{ HTTP_POST, "/api/v1/breakers/{name}/reset", api_breaker_reset },
	{ HTTP_GET, "/api/v1/components", api_components },
	{ HTTP_GET, "/api/v1/components/{name}", api_component },
	{ HTTP_POST, "/api/v1/components/{name}/check", api_component_check },
	{ HTTP_GET, "/api/v1/components/{name}/history", api_component_history },
	{ HTTP_PUT, "/api/v1/components/{name}/report", api_component_report },
	{ HTTP_GET, "/api/v1/dashboard/metadata", api_metadata },
	{ HTTP_GET, "/api/v1/history", api_history },
	{ HTTP_GET, "/health", api_health },
	{ HTTP_GET, "/health/", api_health },
	{ HTTP_GET, "/health/circuit-breakers", api_health_breakers },
	{ HTTP_POST, "/health/circuit-breakers/reset-all", api_breakers_reset_all },
	{ HTTP_POST, "/health/circuit-breakers/{name}/reset", api_breaker_reset },
	{ HTTP_GET, "/health/detailed", api_health_detailed },
	{ HTTP_GET, "/health/live", api_health_live },
	{ HTTP_GET, "/health/ready", api_health_ready },
	{ HTTP_GET, "/metrics", api_metrics },
	{ 0 },
};
