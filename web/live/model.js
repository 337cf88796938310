// What the page knows, and how a change event is laid into it. Pure.
import { number, parseTime } from '../view/format.js';
import { severityMark } from '../view/marks.js';

/**
 * One component; the object lives as long as the list it came with, a change writes into it.
 * @typedef {object} Component
 * @property {number} row its position in the list
 * @property {string} name
 * @property {string} group empty when there is none
 * @property {string} kind
 * @property {boolean} critical
 * @property {number | null} limitMs the response time that is too much
 * @property {string} status
 * @property {number | null} responseMs
 * @property {number | null} checkedAt milliseconds since 1970, as all times here
 * @property {number | null} since
 * @property {string | null} error
 */

/**
 * @typedef {object} Model
 * @property {number} seq of the latest event in it
 * @property {string} roster names the list of components
 * @property {Record<string, any>} overview
 * @property {Record<string, any>} metrics
 * @property {Record<string, any>} resources
 * @property {Record<string, any>} metadata
 * @property {Record<string, any>} thresholds
 * @property {{ total: number, states: Record<string, any>, byName: Map<string, any> }} breakers
 * @property {{ firing: any[], counts: Record<string, any> }} alerts worst first, then newest
 * @property {Map<string, Component>} components
 * @property {number} order grows when the table's order may have changed
 */

const PARTS = ['overview', 'metrics', 'resources', 'metadata', 'thresholds'];

/** @param {any} left @param {any} right */
function worseFirst(left, right) {
	return severityMark(left.severity).rank - severityMark(right.severity).rank
		|| parseTime(right.started) - parseTime(left.started);
}

/** @param {any} list @returns {Model['alerts']} */
function alertsOf(list) {
	const all = Array.isArray(list) ? list : [];
	const firing = all.filter((alert) => alert?.state !== 'resolved').sort(worseFirst);
	/** @type {Record<string, number>} */
	const counts = { firing: firing.length, critical: 0, warning: 0, info: 0,
		resolved: all.length - firing.length };
	for (const alert of firing) {
		counts[String(alert.severity)] = (counts[String(alert.severity)] ?? 0) + 1;
	}
	return { firing, counts };
}

/** @param {any} found @returns {Model['breakers']} */
function breakersOf(found) {
	return { total: number(found?.total_breakers) ?? 0, states: found?.states ?? {},
		byName: new Map(Object.entries(found?.breakers ?? {})) };
}

/** @param {string} name @param {any} found @param {number} row @returns {Component} */
function componentOf(name, found, row) {
	const error = found.error_message;
	return { row, name, group: String(found.group ?? ''), kind: String(found.kind ?? ''),
		critical: found.critical === true, limitMs: null, status: String(found.status),
		responseMs: number(found.response_time_ms), checkedAt: number(parseTime(found.last_check)),
		since: number(parseTime(found.since)), error: error === null ? null : String(error ?? '') };
}

/** @param {any} document @returns {Model} */
export function fromDocument(document) {
	const model = /** @type {any} */ ({ roster: '', components: new Map(), order: 0 });
	for (const part of PARTS) {
		model[part] = document[part] ?? {};
	}
	model.alerts = alertsOf(document.alerts);
	model.breakers = breakersOf(document.circuit_breakers);
	model.seq = Number(model.metadata.seq ?? 0);
	for (const [name, component] of Object.entries(document.components ?? {})) {
		model.components.set(name, componentOf(name, component, model.components.size));
	}
	return model;
}

/** @param {Component | undefined} before @param {Component} after */
function moved(before, after) {
	return !before || before.status !== after.status || before.since !== after.since
		|| before.error !== after.error;
}

/**
 * A part in a change is whole, but the metadata of an event lacks some of the document's.
 * @param {Model} model
 * @param {any} change the data of a change event
 */
export function applyChange(model, change) {
	for (const part of PARTS) {
		if (change[part]) {
			const kept = part === 'metadata' ? model.metadata : {};
			/** @type {any} */ (model)[part] = { ...kept, ...change[part] };
		}
	}
	if (Array.isArray(change.alerts)) {
		model.alerts = alertsOf(change.alerts);
	}
	if (change.circuit_breakers) {
		model.breakers = breakersOf(change.circuit_breakers);
	}
	for (const [name, component] of Object.entries(change.components ?? {})) {
		const before = model.components.get(name);
		const after = componentOf(name, component, before?.row ?? model.components.size);
		model.order += moved(before, after) ? 1 : 0;
		model.components.set(name, before ? Object.assign(before, after) : after);
	}
	for (const name of change.removed ?? []) {
		model.order += model.components.delete(name) ? 1 : 0;
	}
	model.seq = change.seq;
}
