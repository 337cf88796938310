// The history's panel: asks for the day, keeps it up to date and hands it to the canvas, the labels
// and the table.
import { ask, wordsOf } from '../view/daemon.js';
import { offerKey } from '../shell/keys.js';
import { more, withMore } from '../shell/more.js';
import { keepView, onView, viewOf } from '../shell/address.js';
import { onZone, zone } from '../shell/zone.js';
import { byId, el, on, patch, setAttr, setMark, setNote, setText, show, symbol }
	from '../view/dom.js';
import { age, clamp, clock, hours, moment, NONE, number, parseTime, plural, uptime, when }
	from '../view/format.js';
import { stateMark } from '../view/marks.js';
import { latest, redraw } from '../view/paint.js';
import { rove } from '../view/rove.js';
import { Columns } from './columns.js';
import { listenCursor } from './cursor.js';
import { LANES, reachText, toneOf } from './lanes.js';
import * as recorder from './recorder.js';
import { DAY_MS, fitSpan, follow, isFollowing, isRange, onSpan, RANGES, windowAt, zoomStep, zoomTo }
	from './span.js';

const PATH = '/api/v1/history?format=columns';
const AGAIN_MS = 5000;
const AGAIN_MAX_MS = 60_000;
const SLACK_MS = 60_000;
const MARK_NEAR = 8;
const TOLD = 4;
const LOOKS = ['(forced-colors: active)', '(prefers-contrast: more)', 'print'];

/** Who a mark without a name is about. @type {Record<string, string>} */
const OWN = { overall: 'Overall', daemon: 'Bellwether', clock: 'Clock went' };
/** @type {Record<string, string>} */
const WHY = { stopped: 'Bellwether was stopped', lost: 'Bellwether was lost' };

/** @typedef {import('../app.js').Frame} Frame */

/** the day that is kept up to date, and what is shown: it, or what lies behind it */
let day = new Columns();
let columns = day;
let drawnAt = '';
let timer = 0;
let failures = 0;
let askedAt = -Infinity;
/** why the day, and what lies behind it, could not be had */
let troubles = ['', ''];

export function listenHistory() {
	RANGES.forEach(([, wide], nth) =>
		byId('ranges').children[nth].addEventListener('click', () => follow(wide)));
	const zoom = (/** @type {1 | -1} */ closer) => () =>
		zoomStep(closer, recorder.cursor, timeNow());
	['ranges', 'zooms', 'facets'].map(byId).forEach(rove);
	on('zoom-in', 'click', zoom(1));
	on('zoom-out', 'click', zoom(-1));
	offerKey(['+', '='], 'zoom the history in', zoom(1));
	offerKey(['-', '−'], 'zoom the history out', zoom(-1));
	const flip = () => {
		keepView('table', viewOf('table') ? '' : '1');
		turn();
	};
	on('history-table', 'click', flip);
	offerKey(['t'], 'the history as a table', flip);
	on('history-retry', 'click', () => {
		more?.dropPast();
		load();
	});
	onView('table', turn);
	onZone(turn);
	onSpan(turn);
	LOOKS.forEach((look) => matchMedia(look).addEventListener('change', drawTheme));
	listenCursor({ seek, now: timeNow, interval: () => Math.max(columns.interval, columns.width) });
	turn();
}

/** The colours are other ones. */
export const drawTheme = () => recorder.theme();

/** Another window, zone or view: everything is drawn anew. */
function turn() {
	const table = viewOf('table') !== '';
	RANGES.forEach(([word], nth) =>
		setAttr(byId('ranges').children[nth], 'aria-pressed', isRange(word)));
	setAttr('history-table', 'aria-pressed', table);
	show('history-lanes', !table);
	show('history-grid', table);
	drawnAt = '';
	if ((table || isLong()) && !more) {
		withMore(turn);
	}
	if (!isLong()) {
		complain(1, null);
	}
	redraw(drawHistory);
}

/** @param {number} from @param {number} [to] shows an incident, with what was before it */
export function showIncident(from, to = timeNow()) {
	const room = Math.max(60_000, (to - from) * 0.15);
	zoomTo(from - room, to + room, timeNow());
	byId('history').scrollIntoView({ block: 'nearest' });
}

/** @param {number} at @param {unknown[]} values as in a sample event */
export function addSample(at, values) {
	each((some) => some.add(at, values));
}

/** @param {(some: Columns) => void} told the day, and what lies behind it if that reaches to now */
function each(told) {
	told(day);
	if (columns !== day && isFollowing()) {
		told(columns);
	}
}

/** @param {any[]} mark as in a mark event */
export function addMark(mark) {
	each((some) => some.addMark(mark));
	if (mark[1] === 'overall') {
		each((some) => some.note(String(mark[4]), number(mark[0]) ?? NaN, timeNow()));
	} else if (mark[1] === 'clock') {
		columns = day = new Columns();
		more?.dropPast();
		renewHistory();
	}
}

/** Asks for the whole day, though not again and again when the stream has hole after hole. */
export function renewHistory() {
	if (timer === 0) {
		const pause = Math.min(AGAIN_MAX_MS, AGAIN_MS * 2 ** Math.max(0, failures - 1));
		const wait = askedAt + pause - uptime();
		timer = setTimeout(load, wait);
	}
}

async function load() {
	clearTimeout(timer);
	timer = 0;
	askedAt = uptime();
	try {
		take(await ask(PATH));
		failures = 0;
		complain(0, null);
	} catch (error) {
		failures++;
		complain(0, error);
		renewHistory();
	}
}

/** @param {0 | 1} which of the troubles @param {unknown} error null: it is over */
function complain(which, error) {
	troubles[which] = error === null ? '' : wordsOf(error);
	const why = troubles.find(Boolean);
	setText('history-why', why ? `The earlier history could not be had (${why}).` : '');
	show('history-failed', Boolean(why));
}

/** @param {any} answer */
function take(answer) {
	const before = day;
	day = new Columns(answer);
	day.keepNewer(before);
	day.version = before.version + 1;
	const first = day.status.find(([, word]) => word !== 'none')?.[0];
	const begun = [day.at[0], first].map((at) => at ?? Infinity);
	fitSpan(timeNow() - Math.min(...begun));
	turn();
}

function timeNow() {
	return latest && isFinite(latest.now) ? latest.now + latest.lostFor : Date.now();
}

/** Does the window begin before the day, or is the day but averages? */
function isLong() {
	const [from, to] = windowAt(timeNow());
	return to - from > DAY_MS || from < day.from - SLACK_MS || day.thinned > 1;
}

/** What lies behind the day came, or it did not. @param {unknown} error or null */
function came(error) {
	complain(1, error);
	turn();
}

/** @param {Columns} some @param {import('../live/model.js').Model} model @param {number} now */
function keepUp(some, model, now) {
	some.interval = (number(model.metadata.auto_refresh_interval) ?? 30) * 1000;
	const { overall_status: word, since } = model.overview;
	some.note(String(word), parseTime(since), now);
	for (const { active, from: begun, until, reason, name } of model.maintenance.windows) {
		if (active) {
			some.maintain(parseTime(begun), number(parseTime(until)) ?? Infinity, reason || name);
		}
	}
}

/** @param {Frame} frame */
export function drawHistory(frame) {
	const { model, state } = frame;
	if (!model || !isFinite(frame.now)) {
		return;
	}
	if (state !== 'lost') {
		each((some) => keepUp(some, model, frame.now));
	}
	const now = timeNow();
	const [from, to] = windowAt(now);
	columns = (isLong() && more?.pastOf([from, to], isFollowing(), state, came)) || day;
	const pixel = (to - from) / recorder.plotWidth();
	const key = [isFollowing() ? Math.floor(now / pixel) : from, to - from, state, zone,
		columns.version, columns === day, ahead(model, now), model.components.size > 0, JSON.stringify(model.thresholds)].join(' ');
	if (key !== drawnAt) {
		drawnAt = key;
		paint(model, from, to);
	}
	labels();
}

/** @param {import('../live/model.js').Model} model @param {number} now
 * @returns {string} the maintenance that comes within a day, unless some is under way */
function ahead(model, now) {
	const next = model.maintenance.windows.map((one) => [parseTime(one.next_from), parseTime(one.next_until)])
		.filter(([from]) => from > now && from < now + DAY_MS).sort((a, b) => a[0] - b[0])[0];
	return next ? `Maintenance at ${hours(next[0])}–${when(next[1], now)}` : '';
}

/** @param {import('../live/model.js').Model} model @param {number} from @param {number} to */
function paint(model, from, to) {
	const frame = /** @type {Frame} */ (latest);
	const none = model.components.size === 0;
	const silent = LANES.map((lane) => lane.judged && none);
	const limits = LANES.map((lane) => lane.limits(model.thresholds));
	const coming = columns === day && isLong();
	const holes = columns.holes(coming ? clamp(day.from, from, to) : from, to,
		frame.state === 'lost' ? frame.now : Infinity);
	show('key-maintenance', columns.maintenance.length > 0);
	setText('history-note', isFollowing() ? ahead(model, timeNow())
		: `${when(from, timeNow())} – ${when(to, timeNow())} · ${age((to - from) / 1000)}`);
	recorder.set({ columns, limits, silent, from, to, following: isFollowing(), holes });
	setNote('history-said', !coming ? columns.words(to - from) : troubles[1] ? '' : 'Asking for more.');
	setNote('history-kept', columns.warnings());
	if (viewOf('table')) {
		more?.drawTable(columns, [from, to], silent, timeNow());
	}
}

/** @param {number} at @param {number} [selected] */
function seek(at, selected) {
	recorder.seek(at, selected);
	if (latest?.model) {
		labels();
	}
}

/** @returns {string} the state under the cursor, or now */
function statusShown() {
	const cursor = recorder.cursor;
	const scene = recorder.scene;
	if (isFinite(cursor)) {
		const hole = scene?.holes.some(([from, to]) => from < cursor && cursor < to);
		const word = hole ? 'none' : columns.statusAt(cursor);
		return word === 'none' ? 'No data' : word ? stateMark(word).word : NONE;
	}
	return latest?.state === 'lost' ? 'No data'
		: stateMark(latest?.model?.overview.overall_status).word;
}

/** @param {number} nth @returns {number} under the cursor, or now; NaN when it is not known */
function valueShown(nth) {
	const cursor = recorder.cursor;
	const scene = recorder.scene;
	if (scene?.silent[nth] || !latest?.model) {
		return NaN;
	}
	if (isFinite(cursor)) {
		return columns.values[nth][columns.nearest(cursor)] ?? NaN;
	}
	return latest.state === 'lost' ? NaN : number(LANES[nth].now(latest.model)) ?? NaN;
}

/** @param {import('./lanes.js').Lane} lane @param {number} nth
 * @returns {string} the lowest and the highest of the average under the cursor */
function reachShown(lane, nth) {
	const sample = isFinite(recorder.cursor) ? columns.nearest(recorder.cursor) : -1;
	return columns.width ? reachText(lane, columns.lows[nth][sample], columns.highs[nth][sample]) : '';
}

function labels() {
	const cursor = recorder.cursor;
	const scene = recorder.scene;
	const said = LANES.map((lane, nth) => {
		const value = valueShown(nth);
		const text = lane.text(value);
		return { name: lane.name, value: text === NONE ? 'no data' : text, reach: reachShown(lane, nth),
			tone: toneOf(lane, scene?.limits[nth] ?? [null], value) };
	});
	const status = statusShown();
	patch('lane-labels', [{ name: 'Status', value: status, reach: '', tone: '' }, ...said], label);
	const [from, to] = [scene?.from ?? 0, scene?.to ?? 1];
	const at = isFinite(cursor) ? moment(cursor, to - from, clock) : 'Now';
	const words = told();
	setAttr('recorder', 'aria-valuemax', Math.round((to - from) / 1000));
	setAttr('recorder', 'aria-valuenow',
		Math.round(((isFinite(cursor) ? cursor : to) - from) / 1000));
	setAttr('recorder', 'aria-valuetext', [`${at}. Status ${status}`,
		said.map(({ name, value, reach, tone }) =>
			`${name} ${value}${reach && ` (${reach})`}${tone && ', past its limit'}`)
			.join(', '), ...words].join('. '));
	drawTip(words);
}

/** @returns {string[]} what stands at the cursor beside the numbers */
function told() {
	const cursor = recorder.cursor;
	const scene = recorder.scene;
	if (!scene || !isFinite(cursor) || isFinite(recorder.selected)) {
		return [];
	}
	const over = (/** @type {import('./columns.js').Span[]} */ list) =>
		list.find(([from, to]) => from <= cursor && cursor <= to);
	const hole = over(scene.holes);
	const closed = over(columns.maintenance);
	const marks = recorder.groups.find(({ x }) =>
		Math.abs(x - recorder.xOf(cursor)) <= MARK_NEAR * recorder.unit)?.marks ?? [];
	const words = marks.slice(0, TOLD).map((mark) => `${moment(mark.at, scene.to - scene.from, hours)} ${sentence(mark)}`);
	const why = (/** @type {import('./columns.js').Span} */ [, , word]) =>
		word && `: ${WHY[word] ?? word}`;
	const more = marks.length - TOLD;
	return [hole ? `No data for ${age((hole[1] - hole[0]) / 1000)}${why(hole)}` : '',
		closed ? `Maintenance${why(closed)}` : '', ...words,
		more > 0 ? `and ${plural(more, 'more event')}` : ''].filter(Boolean);
}

/** @param {string[]} words */
function drawTip(words) {
	const node = byId('history-tip');
	show(node, words.length > 0);
	if (words.length > 0) {
		setText(node, words.join('\n'));
		const room = recorder.plotWidth() - node.offsetWidth;
		const middle = recorder.xOf(recorder.cursor) - node.offsetWidth / 2;
		const left = clamp(middle, 0, room);
		node.style.transform = `translateX(${Math.round(left)}px)`;
	}
}

/** @param {import('./columns.js').Mark} mark @returns {string} */
function sentence({ kind, name, to, text }) {
	return `${name || OWN[kind] || kind} ${to.replace('_', '-')}${text && `: ${text}`}`;
}

/** @typedef {{ name: string, value: string, reach: string, tone: string }} Label */

/** @param {Label} first @returns {import('../view/dom.js').View<Label>} */
function label({ name }) {
	const words = el('span');
	const shape = symbol('triangle', 'mark');
	const reach = el('small');
	const value = el('strong', '', words, shape, reach);
	const node = el('li', '', name, value);
	return { node, update: (one) => {
		setText(words, one.value);
		setText(reach, one.reach);
		setAttr(value, 'class', one.value === 'no data' ? 'absent' : null);
		setMark(shape, { shape: one.tone === 'bad' ? 'octagon' : 'triangle', tone: one.tone });
		setAttr(shape, 'hidden', one.tone === '' ? '' : null);
	} };
}
