// The rates and times of everything that is watched: now, and what they are on average.
import { labelOf } from '../components/facts.js';
import { el, patch, setText, show } from '../view/dom.js';
import { age, count, ms, NONE, number, parseTime, percent } from '../view/format.js';

const FIGURES = ['response_p50', 'response_p95', 'response_p99', 'checks', 'breaker_calls', 'errors'];

/** @param {unknown} value @returns {string} 412 /s, below ten with decimals */
function rate(value) {
	const n = number(value);
	return n === null ? NONE : `${n < 9.95 && n !== 0 ? n.toFixed(n < 0.995 ? 2 : 1) : count(n)}\u202f/s`;
}

/** @type {Record<string, (value: unknown) => string>} */
const UNITS = {
	ms, '1/s': rate, percent: (value) => percent(value, 2),
};

/** @param {Record<string, any>} figure @returns {[string, string]} */
function texts(figure) {
	const text = UNITS[figure.unit]
		?? ((/** @type {unknown} */ value) => `${count(value)} ${figure.unit ?? ''}`);
	const average = number(figure.average);
	return [text(figure.now), average === null ? '' : `avg ${text(average)}`];
}

/** @param {import('../app.js').Frame} frame @returns {[string, string, string][]} */
function shownOf({ model, now }) {
	const found = Array.isArray(model?.metrics.figures) ? model.metrics.figures : [];
	/** @type {[string, string, string][]} */
	const shown = [];
	for (const name of FIGURES) {
		const figure = found.find((/** @type {any} */ one) => one?.name === name);
		if (figure) {
			shown.push([labelOf(name), ...texts(figure)]);
		}
	}
	const started = parseTime(model?.metadata.started);
	if (isFinite(started)) {
		shown.push(['Running for', age((now - started) / 1000), `version ${model?.metadata.version ?? NONE}`]);
	}
	return shown;
}

function createFigure() {
	const term = el('dt');
	const text = el('span');
	const average = el('small');
	const node = el('div', '', term, el('dd', '', text, average));
	return { node, update(/** @type {string[]} */ [name, now, usual]) {
		setText(term, name);
		setText(text, now);
		setText(average, usual);
	} };
}

/** @param {import('../app.js').Frame} frame */
export function drawMetrics(frame) {
	const shown = shownOf(frame);
	patch('metric-list', shown, createFigure);
	show('metrics-none', shown.length < 2);
}
