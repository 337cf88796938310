// What a daemon tells of alerts that are acknowledged, silenced, flapping, hidden; of silences, windows,
// channels and deliveries: made up, each member once in a form that is not the usual one.

const iso = (now, minutes) => new Date(now + minutes * 60_000).toISOString();

/** @param {number} now @param {string} id @param {object} more */
export function alertAt(now, id, more = {}) {
	const name = more.subject?.name ?? id;
	const started = iso(now, -31);
	return { severity: 'warning', type: 'component', title: `Component Degraded: ${name}`,
		message: 'slow: 812 ms, limit 500 ms', timestamp: started, id, state: 'firing', hard: true,
		reason: 'condition', rule: 'component_degraded',
		subject: { kind: 'component', name, group: null }, started, fired: started, recovering: null,
		resolved: null, flapping: false, flap_rate: 0, ack: null, quiet: null, hides: 0,
		next_reminder: null, ...more };
}

const subject = (name, group = null, kind = 'component') => ({ kind, name, group });

/** @param {number} now */
export function alertsAt(now) {
	const firing = [
		alertAt(now, 'a1', { severity: 'critical', subject: subject('tick-archive-02', 'store'), hides: 9998,
			rule: 'component_unhealthy', title: 'Component Unhealthy: tick-archive-02',
			message: 'connection refused by 127.0.0.1:9', started: iso(now, -9) }),
		alertAt(now, 'a2', { severity: 'critical', type: 'circuit_breaker', rule: 'breaker_open',
			subject: subject('us-equity', null, 'breaker'), title: 'Circuit Breaker Open: us-equity',
			message: 'Circuit breaker for us-equity is open due to failures', started: iso(now, -94) }),
		alertAt(now, 'a3', { subject: subject('bt-007', 'worker'), state: 'recovering', hard: false,
			recovering: iso(now, -2), title: 'Component Unhealthy: bt-007', message: 'status 503, expected 200',
			started: iso(now, -6) }),
		alertAt(now, 'a4', { subject: subject('macro', 'feed'), reason: 'no_data', title: 'No Data: macro',
			rule: 'component_unhealthy', message: 'no check has ended for 3 m', started: iso(now, -4) }),
		alertAt(now, 'a5', { severity: 'info', type: 'circuit_breaker', rule: 'breaker_half_open',
			subject: subject('results-db', null, 'breaker'), title: 'Circuit Breaker Testing: results-db',
			message: 'Circuit breaker for results-db is testing recovery', started: iso(now, -7) }),
		alertAt(now, 'a6', { severity: 'critical', subject: subject('borrow-rates', 'vendor'),
			title: 'Component Unhealthy: borrow-rates', message: 'status 503, expected 200', ack: { by: 'ada',
				at: iso(now, -12), comment: 'the vendor knows', sticky: true, until: iso(now, 108) } }),
		alertAt(now, 'a7', { subject: subject('covariance', 'risk'), quiet: { kind: 'silence', by: 's3',
			text: 'Silenced by s3' } }),
		alertAt(now, 'a8', { subject: subject('factor-cache', 'store'), flapping: true, flap_rate: 62,
			quiet: { kind: 'flapping', by: null, text: 'flapping' } }),
	];
	return { firing, counts: { firing: 5, critical: 2, warning: 2, info: 1, acked: 1, silenced: 2,
		pending: 1, resolved: 2 } };
}

/** @param {number} now */
export function silencesAt(now) {
	return { silences: [
		{ id: 's3', match: ['component=covariance', 'rule=component_degraded'], by: 'grace',
			reason: 'new factor model', created: iso(now, -50), from: iso(now, -50), until: iso(now, 130),
			until_resolved: false, state: 'active', expired: null, expired_by: null, hides: 1 },
		{ id: 's4', match: ['group=~worker.*'], by: 'ada', reason: 'new kernels', created: iso(now, -5),
			from: iso(now, -5), until: null, until_resolved: true, state: 'active', expired: null,
			expired_by: null, hides: 0 },
		{ id: 's5', match: ['breaker=broker'], by: 'ada', reason: 'the broker moves', created: iso(now, -5),
			from: iso(now, 60), until: iso(now, 300), until_resolved: false, state: 'future', expired: null,
			expired_by: null, hides: 0 },
	], more: 0 };
}

/** @param {number} now */
export function windowsAt(now) {
	return { windows: [
		{ name: 'patch-night', reason: 'patches', match: ['group=store'], active: true,
			from: iso(now, -40), until: iso(now, 80), next_from: iso(now, -40 + 7 * 1440),
			next_until: iso(now, 80 + 7 * 1440), hides: 1 },
		{ name: 'exchange', reason: 'weekly close', match: ['group=feed'], active: false, from: null,
			until: null, next_from: iso(now, 400), next_until: iso(now, 520), hides: 0 },
	] };
}

/** @param {number} now */
export function channelsAt(now) {
	return { channels: [
		{ name: 'ops', kind: 'slack', severity: 'warning', queued: 0, sent: 41, given_up: 0,
			last_sent: iso(now, -9), failing_since: null, next_try: null, trouble: '' },
		{ name: 'boss', kind: 'email', severity: 'critical', queued: 3, sent: 7, given_up: 1,
			last_sent: iso(now, -700), failing_since: iso(now, -31), next_try: iso(now, 0.4),
			trouble: '451 4.7.1 greylisted, try again later' },
		{ name: 'pager', kind: 'pagerduty', severity: 'critical', queued: 0, sent: 0, given_up: 0,
			last_sent: null, failing_since: null, next_try: null, trouble: '' },
	], depth: 3 };
}

/** @param {number} now */
export function deliveriesAt(now) {
	const row = (id, minutes, more) => ({ id, channel: 'ops', kind: 'firing', key: `k-${id}`,
		headline: 'Component Unhealthy: tick-archive-02', alerts: ['a1'], at: iso(now, minutes), state: 'sent',
		attempts: 1, next_try: null, ended: iso(now, minutes), text: '200 OK', ...more });
	return { deliveries: [
		row(9, -9, {}), row(8, -9, { channel: 'boss', state: 'queued', attempts: 4, next_try: iso(now, 0.4),
			ended: null, text: '451 4.7.1 greylisted, try again later' }),
		row(7, -20, { kind: 'reminder', headline: 'Circuit Breaker Open: us-equity' }),
		row(6, -44, { kind: 'resolved', headline: '3 alerts resolved in group=worker' }),
		row(5, -94, { channel: 'boss', state: 'given_up', attempts: 31, headline: 'System Degraded',
			text: '550 5.1.1 no such user' }),
	] };
}

/** All of it, for a snapshot. @param {number} now */
export const toldAt = (now) => ({ alerts: alertsAt(now), silences: silencesAt(now),
	maintenance: windowsAt(now), channels: channelsAt(now) });
