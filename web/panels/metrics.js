// The numbers of the system as they are now.
import { byId, el, patch, setText } from '../view/dom.js';
import { age, count, ms, NONE, number, percent } from '../view/format.js';

/** @param {import('../app.js').Frame} frame */
function metricsOf({ model, waited }) {
	const metrics = model?.metrics ?? {};
	const facts = metrics.performance_indicators ?? {};
	const pressure = model?.resources.pressure_10s ?? {};
	const uptime = number(model?.metadata.uptime_seconds);
	const some = (model?.components.size ?? 0) > 0;
	const timed = (number(facts.response_times_collected) ?? 0) > 0;
	const closed = (number(facts.circuit_breakers_total) ?? 0) > 0
		? percent(metrics.circuit_breaker_health, 1) : NONE;
	return [
		['Availability', some ? percent(metrics.availability_percentage, 2) : NONE],
		['Average response', timed ? ms(metrics.average_response_time_ms) : NONE],
		['Components available',
			`${count(facts.available_components)} of ${count(facts.total_components)}`],
		['Response times', count(facts.response_times_collected)],
		['Breakers closed', closed],
		['CPU pressure, 10 s', percent(pressure.cpu, 1)],
		['I/O pressure, 10 s', percent(pressure.io, 1)],
		['Running for', uptime === null ? NONE : age(uptime + waited)],
		['Version', String(model?.metadata.version ?? NONE)],
	];
}

/** @param {string[]} first */
function createMetric([name]) {
	const node = el('div');
	const value = el('dd');
	node.append(el('dt', '', name), value);
	return { node, update: (/** @type {string[]} */ [, text]) => setText(value, text) };
}

/** @param {import('../app.js').Frame} frame */
export function drawMetrics(frame) {
	patch(byId('metric-list'), metricsOf(frame), ([name]) => name, createMetric);
}
