// Alerts: what fires, worst first, and what was. The resolved ones are asked for when somebody looks
// at them or nothing fires, and again when an alert has ended. One tab stop for the tabs and one for
// the list; arrows move within.
import { button, byId, el, on, patch, setAttr, setClass, setMark, setText, show, symbol }
	from '../view/dom.js';
import { age, count, hours, NONE, number, parseTime, when } from '../view/format.js';
import { severityMark } from '../view/marks.js';
import { keepView, onView, viewOf } from '../shell/address.js';

const SHOWN = 30;
const SHOWN_PHONE = 5;
const SHOWN_PAST = 5;
const ASK_AGAIN_MS = 2000;
const ASK_MAX_MS = 10_000;
const PHONE = matchMedia('(max-width: 640px)');
/** @type {[string, string][]} */
const TABS = [['firing', 'Firing'], ['resolved', 'Resolved']];

/** @typedef {{ key: string, alert: any, now: number, past: boolean, chosen: boolean }} Item */

const tabs = new Map(TABS.map(([name, word]) => [name, createTab(name, word)]));
let tab = tabOf(viewOf('alerts'));
let chosen = '';
let full = false;
/** @type {any[] | null} */
let resolved = null;
let refusal = '';
let askedFor = '';
let askedAt = -Infinity;
/** @type {import('../app.js').Frame | null} */
let latest = null;

/** @param {string} name */
function tabOf(name) {
	return name === 'resolved' ? name : 'firing';
}

/** @param {string} name @param {string} word */
function createTab(name, word) {
	const number = el('b', '', NONE);
	const node = button('', () => choose(name), `${word} `, number);
	node.id = `alerts-${name}`;
	setAttr(node, 'role', 'tab');
	setAttr(node, 'aria-controls', 'alert-panel');
	return { node, number };
}

/** @param {string} name */
function choose(name) {
	tab = name;
	full = false;
	askedFor = refusal ? '' : askedFor;
	keepView('alerts', name === 'firing' ? '' : name);
	redraw();
}

function redraw() {
	if (latest) {
		drawAlerts(latest);
	}
}

function createAlert() {
	const node = el('li');
	const mark = symbol('ring', 'mark');
	const word = el('span', 'unseen');
	const title = el('span');
	const time = el('time');
	const text = el('p');
	const head = el('strong');
	head.append(word, title);
	node.append(mark, head, time, text);
	return { node, update(/** @type {Item} */ { key, alert, now, past, chosen: mine }) {
		const look = severityMark(alert.severity);
		const started = parseTime(alert.started ?? alert.timestamp);
		const ended = parseTime(alert.resolved);
		setClass(node, `alert is-${look.tone}${past ? ' past' : ''}`);
		setAttr(node, 'data-key', key);
		setAttr(node, 'tabindex', mine ? '0' : '-1');
		setMark(mark, look);
		setText(word, `${look.word}: `);
		setText(title, String(alert.title ?? ''));
		setText(text, String(alert.message ?? ''));
		setText(time, past ? span(started, ended, now) : age((now - started) / 1000));
		setAttr(time, 'datetime', alert.started ?? null);
		setAttr(time, 'title', past ? `${alert.started} to ${alert.resolved}` : alert.started ?? null);
	} };
}

/** @param {number} from @param {number} to @param {number} now @returns {string} 09:51–10:15 */
function span(from, to, now) {
	return !Number.isFinite(from) || !Number.isFinite(to) ? NONE
		: now - from >= 86_400_000 ? when(from, now)
			: hours(from) === hours(to) ? hours(from) : `${hours(from)}–${hours(to)}`;
}

/** Asks for the resolved alerts when what fires or has ended is not what it was.
 * @param {import('../app.js').Frame} frame @param {string} wanted */
async function ask(frame, wanted) {
	const silent = frame.state === 'lost' || document.hidden;
	if (wanted === askedFor || silent || performance.now() - askedAt < ASK_AGAIN_MS) {
		return;
	}
	askedFor = wanted;
	askedAt = performance.now();
	try {
		const answer = await fetch('/api/v1/alerts?state=resolved',
			{ signal: AbortSignal.timeout(ASK_MAX_MS) });
		const { alerts } = await answer.json();
		resolved = [...alerts].sort((left, right) => parseTime(right.resolved) - parseTime(left.resolved));
		refusal = '';
	} catch (error) {
		refusal = `The resolved alerts could not be had: ${/** @type {Error} */ (error).message}.`;
	}
	redraw();
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
	patch(place, shown, (item) => item.key, createAlert);
	if (inside && !place.contains(document.activeElement)) {
		/** @type {HTMLElement | undefined} */ (place.children[Math.min(nth, shown.length - 1)])?.focus();
	}
	return shown.length;
}

/** @param {Record<string, any>} counts */
function drawTabs(counts) {
	setAttr('alert-panel', 'aria-labelledby', `alerts-${tab}`);
	for (const [name, { node, number: place }] of tabs) {
		setText(place, count(counts[name]));
		setAttr(node, 'aria-selected', name === tab);
		setAttr(node, 'tabindex', name === tab ? '0' : '-1');
	}
}

/** @param {boolean} ended whether the list holds what has ended @param {number} firing */
function emptyText(ended, firing) {
	if (ended && refusal) {
		return refusal;
	}
	if (latest?.model?.components.size === 0 && firing === 0) {
		return 'Alerts appear here when a component, a breaker or a resource passes its limit.';
	}
	return tab === 'firing' && firing === 0 ? 'Nothing is firing.'
		: ended && resolved?.length === 0 ? 'Nothing was resolved since Bellwether started.' : '';
}

/** @param {import('../app.js').Frame} frame */
export function drawAlerts(frame) {
	latest = frame;
	if (!frame.model) {
		return;
	}
	const { firing, counts } = frame.model.alerts;
	const total = Math.max(number(counts.firing) ?? 0, firing.length);
	const ended = tab === 'resolved' || total === 0;
	if (ended) {
		ask(frame, `${counts.resolved} ${firing.map((alert) => alert.id).join()}`);
	}
	drawTabs({ firing: total, resolved: Math.max(number(counts.resolved) ?? 0, resolved?.length ?? 0) });
	const list = ended ? resolved ?? [] : firing;
	const aside = tab === 'firing' && ended;
	const few = PHONE.matches && !full && !aside;
	const most = aside ? SHOWN_PAST : few ? SHOWN_PHONE : SHOWN;
	const shown = fill(list, most, ended, frame.now);
	const none = emptyText(ended, total);
	setText('alerts-none', none);
	show('alerts-none', none !== '');
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

/** @param {Element[]} all @param {KeyboardEvent} event @param {string} back @param {string} on */
function neighbour(all, event, back, on) {
	const nth = all.indexOf(/** @type {Element} */ (document.activeElement));
	const to = { [back]: nth - 1, [on]: nth + 1, Home: 0, End: all.length - 1 }[event.key];
	if (nth < 0 || to === undefined || !all[to]) {
		return null;
	}
	event.preventDefault();
	return /** @type {HTMLElement} */ (all[to]);
}

function listen() {
	const list = byId('alert-list');
	const bar = byId('alert-tabs');
	bar.append(...[...tabs.values()].map(({ node }) => node));
	bar.addEventListener('keydown', (event) => {
		const next = neighbour([...bar.children], event, 'ArrowLeft', 'ArrowRight');
		next?.click();
		next?.focus();
	});
	list.addEventListener('keydown', (event) =>
		neighbour([...list.children], event, 'ArrowUp', 'ArrowDown')?.focus());
	list.addEventListener('focusin', (event) => {
		chosen = /** @type {HTMLElement} */ (event.target).dataset.key ?? '';
		redraw();
	});
	on('alerts-all', 'click', () => {
		full = true;
		redraw();
	});
	onView('alerts', (name) => choose(tabOf(name)));
	PHONE.addEventListener('change', redraw);
}

listen();
