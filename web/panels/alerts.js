// Alerts: what fires, worst first, and what was. The resolved ones are asked for when somebody looks
// at them or nothing fires, and again when an alert has ended. One tab stop for the tabs and one for
// the list; arrows move within.
import { byId, el, on, patch, setAttr, setClass, setMark, setNote, setText, show, symbol }
	from '../view/dom.js';
import { age, count, hours, NONE, number, parseTime, uptime, when } from '../view/format.js';
import { ask, wordsOf } from '../view/daemon.js';
import { severityMark } from '../view/marks.js';
import { latest, redraw } from '../view/paint.js';
import { PHONE } from '../view/phone.js';
import { neighbour } from '../view/rove.js';
import { keepView, onView, viewOf } from '../shell/address.js';

const SHOWN = 30;
const SHOWN_PHONE = 5;
const SHOWN_PAST = 5;
const ASK_AGAIN_MS = 2000;
const TABS = ['firing', 'resolved'];
const FIRST = byId('alerts-none').textContent;

/** @typedef {{ key: string, alert: any, now: number, past: boolean, chosen: boolean }} Item */

let tab = tabOf(viewOf('alerts'));
let chosen = '';
let full = false;
/** @type {any[] | null} */
let resolved = null;
let refusal = '';
let askedFor = '';
let askedAt = -Infinity;

/** @param {string} name */
function tabOf(name) {
	return name === 'resolved' ? name : 'firing';
}

/** @param {string} name */
function choose(name) {
	tab = name;
	full = false;
	askedFor = refusal ? '' : askedFor;
	keepView('alerts', name === 'firing' ? '' : name);
	redraw(drawAlerts);
}

function createAlert() {
	const mark = symbol('ring', 'mark');
	const word = el('span', 'unseen');
	const title = el('span');
	const time = el('time');
	const text = el('p');
	const node = el('li', '', mark, el('strong', '', word, title), time, text);
	return { node, update(/** @type {Item} */ { key, alert, now, past, chosen: mine }) {
		const look = severityMark(alert.severity);
		const started = parseTime(alert.started ?? alert.timestamp);
		const ended = parseTime(alert.resolved);
		setClass(node, `alert is-${look.tone}${past ? ' past' : ''}`);
		setAttr(node, 'data-key', key);
		setAttr(node, 'tabindex', mine ? 0 : -1);
		setMark(mark, look);
		setText(word, `${look.word}: `);
		setText(title, alert.title);
		setText(text, alert.message);
		setText(time, past ? span(started, ended, now) : age((now - started) / 1000));
		setAttr(time, 'datetime', alert.started ?? null);
		setAttr(time, 'title', past ? `${alert.started} to ${alert.resolved}` : alert.started ?? null);
	} };
}

/** @param {number} from @param {number} to @param {number} now @returns {string} 09:51–10:15 */
function span(from, to, now) {
	return !isFinite(from) || !isFinite(to) ? NONE
		: now - from >= 86_400_000 ? when(from, now)
			: hours(from) === hours(to) ? hours(from) : `${hours(from)}–${hours(to)}`;
}

/** Asks for the resolved alerts when what fires or has ended is not what it was.
 * @param {import('../app.js').Frame} frame @param {string} wanted */
async function refresh(frame, wanted) {
	const silent = frame.state === 'lost' || document.hidden;
	if (wanted === askedFor || silent || uptime() - askedAt < ASK_AGAIN_MS) {
		return;
	}
	askedFor = wanted;
	askedAt = uptime();
	try {
		const { alerts } = await ask('/api/v1/alerts?state=resolved');
		resolved = [...alerts].sort((left, right) => parseTime(right.resolved) - parseTime(left.resolved));
		refusal = '';
	} catch (error) {
		refusal = `The resolved alerts could not be had: ${wordsOf(error)}.`;
	}
	redraw(drawAlerts);
}

/** @param {any[]} list @param {number} most @param {boolean} past @param {number} now */
function fill(list, most, past, now) {
	const place = byId('alert-list');
	const shown = list.slice(0, most).map((alert, nth) => ({
		key: String(alert.id ?? nth), alert, now, past, chosen: false,
	}));
	const mine = shown.find((item) => item.key === chosen) ?? shown[0];
	if (mine) {
		mine.chosen = true;
	}
	const inside = place.contains(document.activeElement);
	const nth = [...place.children].indexOf(/** @type {Element} */ (document.activeElement));
	patch(place, shown, createAlert);
	if (inside && !place.contains(document.activeElement)) {
		/** @type {HTMLElement | undefined} */ (place.children[Math.min(nth, shown.length - 1)])?.focus();
	}
	return shown.length;
}

/** @param {Record<string, any>} counts */
function drawTabs(counts) {
	setAttr('alert-panel', 'aria-labelledby', `alerts-${tab}`);
	for (const name of TABS) {
		const node = byId(`alerts-${name}`);
		setText(/** @type {Element} */ (node.lastElementChild), count(counts[name]));
		setAttr(node, 'aria-selected', name === tab);
		setAttr(node, 'tabindex', name === tab ? 0 : -1);
	}
}

/** @param {boolean} ended whether the list holds what has ended @param {number} firing
 * @returns {string | null} */
function emptyText(ended, firing) {
	if (ended && refusal) {
		return refusal;
	}
	if (latest?.model?.components.size === 0 && firing === 0) {
		return FIRST;
	}
	return tab === 'firing' && firing === 0 ? 'Nothing is firing.'
		: ended && resolved?.length === 0 ? 'Nothing was resolved since Bellwether started.' : '';
}

/** @param {import('../app.js').Frame} frame */
export function drawAlerts(frame) {
	if (!frame.model) {
		return;
	}
	const { firing, counts } = frame.model.alerts;
	const total = Math.max(number(counts.firing) ?? 0, firing.length);
	const ended = tab === 'resolved' || total === 0;
	if (ended) {
		refresh(frame, `${counts.resolved} ${firing.map((alert) => alert.id).join()}`);
	}
	drawTabs({ firing: total, resolved: Math.max(number(counts.resolved) ?? 0, resolved?.length ?? 0) });
	const list = ended ? resolved ?? [] : firing;
	const aside = tab === 'firing' && ended;
	const few = PHONE.matches && !full && !aside;
	const most = aside ? SHOWN_PAST : few ? SHOWN_PHONE : SHOWN;
	const shown = fill(list, most, ended, frame.now);
	setNote('alerts-none', emptyText(ended, total));
	show('alerts-past', aside && shown > 0);
	const hidden = (ended ? list.length : total) - shown;
	setText('alerts-more', `and ${count(hidden)} more`);
	show('alerts-more', hidden > 0 && !aside && !few);
	show('alerts-all', hidden > 0 && few);
	setText('alerts-all', `Show all ${count(Math.min(SHOWN, shown + hidden))}`);
}

/** @returns {boolean} whether nothing is asked for that will change the height of the panel */
export function alertsSettled() {
	return askedFor === '' || resolved !== null || refusal !== '';
}

function listen() {
	const list = byId('alert-list');
	const bar = byId('alert-tabs');
	TABS.forEach((name) => on(`alerts-${name}`, 'click', () => choose(name)));
	on(bar, 'keydown', (event) => {
		const next = neighbour([...bar.children], event, 'ArrowLeft', 'ArrowRight');
		next?.click();
		next?.focus();
	});
	on(list, 'keydown', (event) =>
		neighbour([...list.children], event, 'ArrowUp', 'ArrowDown')?.focus());
	on(list, 'focusin', (event) => {
		chosen = /** @type {HTMLElement} */ (event.target).dataset.key ?? '';
		redraw(drawAlerts);
	});
	on('alerts-all', 'click', () => {
		full = true;
		redraw(drawAlerts);
	});
	onView('alerts', (name) => choose(tabOf(name)));
	PHONE.addEventListener('change', () => redraw(drawAlerts));
}

listen();
