// The document as the page holds it, and how a change event is laid into it. Pure.

/**
 * @typedef {object} Component
 * @property {string} name
 * @property {string} status
 * @property {number | null} response_time_ms
 * @property {string | null} last_check
 * @property {string | null} error_message
 * @property {string} [kind]
 * @property {string} [group]
 * @property {string} [since]
 */

/**
 * @typedef {object} Model
 * @property {number} seq of the latest event in it
 * @property {Record<string, any>} overview
 * @property {Record<string, any>} metrics
 * @property {Record<string, any>} resources
 * @property {Record<string, any>} circuit_breakers
 * @property {Record<string, any>[]} alerts
 * @property {Record<string, any>} metadata
 * @property {Record<string, any>} thresholds
 * @property {Map<string, Component>} components
 * @property {number} order grows when the table's order may have changed
 */

const PARTS = ['overview', 'metrics', 'resources', 'circuit_breakers', 'metadata', 'thresholds'];

/** @param {any} document @returns {Model} */
export function fromDocument(document) {
	const model = /** @type {any} */ ({ components: new Map(), order: 0 });
	for (const part of PARTS) {
		model[part] = document[part] ?? {};
	}
	model.alerts = Array.isArray(document.alerts) ? document.alerts : [];
	model.seq = Number(model.metadata.seq ?? 0);
	for (const [name, component] of Object.entries(document.components ?? {})) {
		model.components.set(name, { name, .../** @type {object} */ (component) });
	}
	return model;
}

/** @param {Component | undefined} before @param {Component} after */
function moved(before, after) {
	return !before || before.status !== after.status || before.since !== after.since
		|| before.error_message !== after.error_message;
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
		model.alerts = change.alerts;
	}
	for (const [name, component] of Object.entries(change.components ?? {})) {
		const after = { name, .../** @type {any} */ (component) };
		model.order += moved(model.components.get(name), after) ? 1 : 0;
		model.components.set(name, after);
	}
	for (const name of change.removed ?? []) {
		model.order += model.components.delete(name) ? 1 : 0;
	}
	model.seq = change.seq;
}
