// What the page knows, and how a snapshot and a patch are laid into it: columns of rows that may be
// short, of another type or not there at all, so every cell is looked at before it is believed. Pure.
import { number } from '../view/format.js';

/**
 * One component; the object lives as long as its list, a patch writes into it.
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
 * @property {boolean} kept a window of maintenance is open for it
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
 * @property {{ states: Record<string, number>, byName: Map<string, any> }} breakers
 * @property {{ firing: any[], counts: Record<string, any> }} alerts worst first, then newest
 * @property {{ silences: any[], more?: number }} silences
 * @property {{ windows: any[] }} maintenance
 * @property {{ channels: any[], depth?: number }} channels
 * @property {Map<string, Component>} components
 * @property {Component[]} rows the same, by their position
 * @property {string[]} words of the states
 * @property {Map<string, number>} missing parts that could not be had, and since when
 * @property {number} order grows when the table's order may have changed
 */

const OBJECTS = ['overview', 'metrics', 'resources', 'metadata', 'thresholds'];
/** Parts that hold a list, and what it is called. */
const LISTS = Object.entries({ silences: 'silences', maintenance: 'windows', channels: 'channels' });
const SAME_MS = 2000;

/** @param {unknown} value @returns {Record<string, any>} empty when it is no object */
const object = (value) => (typeof value === 'object' && value !== null ? value : {});
/** @param {unknown} value @returns {any[]} */
const list = (value) => (Array.isArray(value) ? value : []);
/** @param {unknown} value */
const text = (value) => (typeof value === 'string' ? value : null);

/** @param {unknown} ago seconds @param {unknown} now */
function timeOf(ago, now) {
	const seconds = number(ago);
	const base = number(now);
	return seconds === null || base === null ? null : base - seconds * 1000;
}

/** Whole seconds of two messages differ although they mean the same moment.
 * @param {number | null} before @param {number | null} after */
function steady(before, after) {
	return before !== null && after !== null && Math.abs(after - before) < SAME_MS ? before : after;
}

/**
 * @param {Model} model
 * @param {Component} component
 * @param {Record<string, any[]>} columns @param {number} nth place in the columns
 * @param {string | null} error @param {unknown} now
 */
function layRow(model, component, columns, nth, error, now) {
	const code = columns.status[nth];
	const status = String(model.words[code] ?? code ?? 'unknown');
	const began = timeOf(columns.since_s[nth], now);
	const since = status === component.status ? steady(component.since, began) : began;
	if (status !== component.status || since !== component.since || error !== component.error) {
		model.order++;
	}
	component.status = status;
	component.responseMs = number(columns.response_ms[nth]);
	component.checkedAt = timeOf(columns.checked_s[nth], now);
	component.since = since;
	component.error = error;
}

/** @param {Record<string, any>} found */
function columnsOf(found) {
	return { status: list(found.status), response_ms: list(found.response_ms),
		checked_s: list(found.checked_s), since_s: list(found.since_s) };
}

/** @param {Record<string, any>} found the components of a snapshot @returns {Component[]} */
function rowsOf(found) {
	const groups = list(found.words?.group);
	const kinds = list(found.words?.kind);
	const critical = new Set(list(found.critical));
	return list(found.name).map((name, row) => ({
		row, name: String(name), group: groups[found.group?.[row]] ?? '',
		kind: kinds[found.kind?.[row]] ?? '', critical: critical.has(row),
		limitMs: number(found.limit_ms?.[row]), status: '', responseMs: null, checkedAt: null,
		since: null, error: null, kept: false,
	}));
}

/** @param {Model} model @param {any} data a snapshot */
function layAllRows(model, data) {
	const found = object(data.components);
	const columns = columnsOf(found);
	const errors = new Map(list(found.error).map((pair) => [pair?.[0], pair?.[1]]));
	model.words = list(found.words?.status).map(String);
	if (model.roster !== data.roster || model.rows.length !== list(found.name).length) {
		model.rows = rowsOf(found);
		model.components = new Map(model.rows.map((one) => [one.name, one]));
		model.order++;
	}
	for (const one of model.rows) {
		layRow(model, one, columns, one.row, text(errors.get(one.row)), data.now);
	}
}

/** @param {Model} model @param {any} data */
function layKept(model, data) {
	const rows = data.components?.maintenance;
	if (rows !== undefined) {
		const kept = new Set(list(rows));
		for (const one of model.rows) {
			model.order += one.kept === kept.has(one.row) ? 0 : 1;
			one.kept = kept.has(one.row);
		}
	}
}

/** @param {Model} model @param {any} data a patch */
function layRows(model, data) {
	const found = object(data.components);
	const columns = columnsOf(found);
	const errors = list(found.error);
	for (const [nth, row] of list(found.row).entries()) {
		const component = model.rows[number(row) ?? -1];
		if (component) {
			layRow(model, component, columns, nth, text(errors[nth]), data.now);
		}
	}
}

/** @param {Model} model @param {any} data */
function layBreakers(model, data) {
	const found = object(data.breakers);
	const { byName } = model.breakers;
	for (const [name, breaker] of Object.entries(object(found.changed))) {
		byName.set(name, { ...object(breaker), heard_at: data.now });
	}
	list(found.removed).forEach((name) => byName.delete(name));
	/** @type {Record<string, number>} the document counts three of six */
	const states = {};
	for (const { state } of byName.values()) {
		states[state] = (states[state] ?? 0) + 1;
	}
	model.breakers = { states, byName };
}

/** A part that is null could not be had; one that is not there did not change.
 * @param {Model} model @param {string} part @param {any} data @returns {boolean} is it there? */
function has(model, part, data) {
	if (data[part] === null && !model.missing.has(part)) {
		model.missing.set(part, data.now);
	} else if (data[part] !== undefined && data[part] !== null) {
		model.missing.delete(part);
	}
	return data[part] !== undefined;
}

/** @param {Model} model @param {any} data */
function layParts(model, data) {
	for (const part of OBJECTS) {
		if (has(model, part, data)) {
			/** @type {any} */ (model)[part] = object(data[part]);
		}
	}
	for (const [part, name] of LISTS) {
		if (has(model, part, data)) {
			const found = object(data[part]);
			/** @type {any} */ (model)[part] = { ...found, [name]: list(found[name]).map(object) };
		}
	}
	if (has(model, 'alerts', data)) {
		const { firing, counts } = object(data.alerts);
		model.alerts = { firing: list(firing).map(object), counts: object(counts) };
	}
	if (has(model, 'breakers', data)) {
		layBreakers(model, data);
	}
	model.seq = Number(data.seq);
}

/**
 * @param {Model | null} before taken over when it has the same list
 * @param {any} data @returns {Model}
 */
export function takeSnapshot(before, data) {
	const model = before?.roster === data.roster && before ? before
		: /** @type {Model} */ (/** @type {unknown} */ ({ roster: '', components: new Map(),
			rows: [], words: [], missing: new Map(), order: 0,
			silences: { silences: [] }, maintenance: { windows: [] }, channels: { channels: [] } }));
	model.breakers = { states: {}, byName: new Map() };
	layParts(model, data);
	if (has(model, 'components', data) && data.components !== null) {
		layAllRows(model, data);
		layKept(model, data);
	}
	model.roster = data.roster;
	return model;
}

/** @param {Model} model @param {any} data of the same roster, and the next one */
export function takePatch(model, data) {
	layParts(model, data);
	if (has(model, 'components', data)) {
		layRows(model, data);
		layKept(model, data);
	}
}
