// What a state looks like and is called: never colour alone.

/**
 * @typedef {object} Mark
 * @property {string} shape a drawing of the sprite
 * @property {string} word
 * @property {string} tone the class that colours it
 * @property {number} rank worst first
 */

/** @type {Map<string, Mark>} */
const STATES = new Map([
	['unhealthy', { shape: 'octagon', word: 'Unhealthy', tone: 'bad', rank: 0 }],
	['degraded', { shape: 'triangle', word: 'Degraded', tone: 'warn', rank: 1 }],
	['unknown', { shape: 'ring', word: 'Unknown', tone: 'dim', rank: 2 }],
	['maintenance', { shape: 'bars', word: 'Maintenance', tone: 'calm', rank: 3 }],
	['healthy', { shape: 'dot', word: 'Healthy', tone: 'ok', rank: 4 }],
]);

/** @type {Map<string, Mark>} */
const SEVERITIES = new Map([
	['critical', { shape: 'octagon', word: 'Critical', tone: 'bad', rank: 0 }],
	['warning', { shape: 'triangle', word: 'Warning', tone: 'warn', rank: 1 }],
	['info', { shape: 'diamond', word: 'Info', tone: 'info', rank: 2 }],
]);

/** @type {Map<string, Mark>} */
const SWITCHES = new Map([
	['open', { shape: 'open', word: 'Open', tone: 'bad', rank: 0 }],
	['half_open', { shape: 'half-open', word: 'Half-open', tone: 'warn', rank: 1 }],
	['forced_open', { shape: 'open', word: 'Forced open', tone: 'bad', rank: 0 }],
	['disabled', { shape: 'disabled', word: 'Disabled', tone: 'dim', rank: 2 }],
	['metrics_only', { shape: 'disabled', word: 'Metrics only', tone: 'dim', rank: 2 }],
	['closed', { shape: 'closed', word: 'Closed', tone: 'dim', rank: 3 }],
]);

/**
 * @param {Map<string, Mark>} table
 * @param {unknown} name
 * @returns {Mark} a word we do not know is shown as it is, with the ring
 */
function lookUp(table, name) {
	return table.get(String(name))
		?? { shape: 'ring', word: String(name ?? 'unknown'), tone: 'dim', rank: 2 };
}

/** @param {unknown} status @returns {Mark} */
export const stateMark = (status) => lookUp(STATES, status);
/** @param {unknown} severity @returns {Mark} */
export const severityMark = (severity) => lookUp(SEVERITIES, severity);
/** @param {unknown} state @returns {Mark} */
export const switchMark = (state) => lookUp(SWITCHES, state);
