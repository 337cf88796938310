// The history as a table: a row for each hour, or less when less is shown; newest first.
import { byId, el, patch, setAttr, setMark, setText, symbol } from '../view/dom.js';
import { hours, iso, NONE, when } from '../view/format.js';
import { stateMark } from '../view/marks.js';
import { offsetAt } from '../shell/zone.js';
import { firstAt } from './columns.js';
import { LANES } from './lanes.js';
import { stepFor, ticks } from './ticks.js';

const ROWS = 26;

/** @typedef {{ from: number, to: number, status: string, cells: string[] }} Row a status of '' is
 * one that is not known */

/** @param {import('./columns.js').Columns} columns @param {number} from @param {number} to
 * @returns {string} the worst that held */
function worst({ status }, from, to) {
	const words = status.filter(([at], nth) => at < to && (status[nth + 1]?.[0] ?? to) > from)
		.map(([, word]) => word).filter((word) => word !== 'none');
	words.sort((a, b) => stateMark(a).rank - stateMark(b).rank);
	return words[0] ?? '';
}

/** @param {number[]} values @param {number} begin @param {number} end
 * @param {import('./lanes.js').Lane} lane @returns {string} mean, then lowest and highest */
function summary(values, begin, end, lane) {
	let [sum, count, low, high] = [0, 0, Infinity, -Infinity];
	for (let i = begin; i < end; i++) {
		if (values[i] === values[i]) {
			sum += values[i];
			count++;
			low = Math.min(low, values[i]);
			high = Math.max(high, values[i]);
		}
	}
	if (count === 0) {
		return NONE;
	}
	const [least, mean, most] = [low, sum / count, high].map(lane.text);
	const unit = most.slice((most.indexOf('\u202f') + 1 || most.length + 1) - 1);
	return least === most ? mean : `${mean}\n${least.replace(unit, '')}–${most}`;
}

/**
 * @param {import('./columns.js').Columns} columns
 * @param {number} from
 * @param {number} to
 * @param {boolean[]} silent lanes that have nothing to say
 * @returns {Row[]}
 */
export function rowsOf(columns, from, to, silent) {
	const step = stepFor((to - from) / ROWS);
	const edges = [from, ...ticks(from + 1, to - 1, step, offsetAt), to];
	return edges.slice(0, -1).map((begin, nth) => {
		const end = edges[nth + 1];
		const [first, last] = [firstAt(columns.at, begin), firstAt(columns.at, end)];
		return { from: begin, to: end, status: worst(columns, begin, end),
			cells: LANES.map((lane, i) => (silent[i] ? NONE
				: summary(columns.values[i], first, last, lane))) };
	}).reverse();
}

function heads() {
	const row = byId('history-heads');
	if (row.childElementCount === 0) {
		for (const name of ['From', 'Status', ...LANES.map((lane) => lane.name)]) {
			row.append(el('th', '', name));
			setAttr(/** @type {Element} */ (row.lastElementChild), 'scope', 'col');
		}
	}
}

/** @returns {import('../view/dom.js').View<Row>} */
function view() {
	const time = el('time');
	const head = el('th', '', time);
	const shape = symbol('ring', 'mark');
	const word = new Text();
	const cells = LANES.map(() => el('td'));
	const node = el('tr', '', head, el('td', '', shape, word), ...cells);
	setAttr(head, 'scope', 'row');
	return { node, update: (row) => {
		const mark = stateMark(row.status);
		setText(time, hours(row.from));
		setAttr(time, 'datetime', iso(row.from));
		setMark(shape, mark);
		setText(word, row.status ? mark.word : 'No data');
		row.cells.forEach((text, nth) => setText(cells[nth], text));
	} };
}

/**
 * @param {import('./columns.js').Columns} columns
 * @param {[number, number]} window
 * @param {boolean[]} silent
 * @param {number} now
 */
export function drawTable(columns, [from, to], silent, now) {
	heads();
	setText('history-caption', `${when(from, now)} to ${when(to, now)}:`
		+ ' mean, and below it lowest and highest');
	patch('history-rows', rowsOf(columns, from, to, silent), view);
}
