// What a state looks like and is called: never colour alone.

/**
 * @typedef {object} Mark
 * @property {string} shape a drawing of the sprite
 * @property {string} word
 * @property {string} tone the class that colours it
 * @property {number} rank worst first
 */

/** @param {string} name @returns {string} half_open: Half-open; metrics_only: Metrics only */
const wordOf = (name) => name[0].toUpperCase()
	+ name.slice(1).replace('f_', 'f-').replaceAll('_', ' ');

/** @param {...[string, string, string, number]} rows name, shape, tone, rank
 * @returns {Map<string, Mark>} */
const tableOf = (...rows) => new Map(rows.map(([name, shape, tone, rank]) =>
	[name, { shape, word: wordOf(name), tone, rank }]));

const STATES = tableOf(
	['unhealthy', 'octagon', 'bad', 0],
	['degraded', 'triangle', 'warn', 1],
	['unknown', 'ring', 'dim', 2],
	['maintenance', 'bars', 'calm', 3],
	['healthy', 'dot', 'ok', 4],
);

const SEVERITIES = tableOf(
	['critical', 'octagon', 'bad', 0],
	['warning', 'triangle', 'warn', 1],
	['info', 'diamond', 'info', 2],
);

const SWITCHES = tableOf(
	['open', 'open', 'bad', 0],
	['half_open', 'half-open', 'warn', 1],
	['forced_open', 'open', 'bad', 0],
	['disabled', 'disabled', 'dim', 2],
	['metrics_only', 'disabled', 'dim', 2],
	['closed', 'closed', 'dim', 3],
);

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
