// Alerts that fire, worst first; and the notices: what Bellwether has to say about itself.
import { byId, el, patch, setAttr, setClass, setSymbol, setText, show, symbol } from '../view/dom.js';
import { age, count, number, parseTime } from '../view/format.js';
import { severityMark } from '../view/marks.js';

const SHOWN = 50;

function createAlert() {
	const node = el('li');
	const mark = symbol('ring', 'mark');
	const word = el('span', 'unseen');
	const title = el('strong');
	const time = el('time');
	const text = el('p');
	const head = el('span');
	head.append(word, title);
	node.append(mark, head, time, text);
	return { node, update(/** @type {any} */ { alert, now }) {
		const look = severityMark(alert.severity);
		const started = parseTime(alert.started ?? alert.timestamp);
		setClass(node, `alert is-${look.tone}`);
		setSymbol(mark, look.shape);
		setClass(mark, `mark ${look.tone}`);
		setText(word, `${look.word}: `);
		setText(title, String(alert.title ?? ''));
		setText(text, String(alert.message ?? ''));
		setText(time, age((now - started) / 1000));
		setAttr(time, 'datetime', alert.started ?? null);
		setAttr(time, 'title', alert.started ?? null);
	} };
}

/** @param {import('../app.js').Frame} frame */
export function drawAlerts({ model, now }) {
	if (!model) {
		return;
	}
	const { firing, counts } = model.alerts;
	const total = number(counts.firing) ?? firing.length;
	const items = firing.slice(0, SHOWN).map((alert, nth) => ({
		key: String(alert.id ?? nth), alert, now,
	}));
	const hidden = total - items.length;
	patch(byId('alert-list'), items, (item) => item.key, createAlert);
	show(byId('alerts-none'), total === 0);
	setText(byId('alerts-none'), 'Nothing is firing.');
	setText(byId('alerts-note'), `${count(total)} firing`
		+ (hidden > 0 ? `, the first ${SHOWN} shown` : ''));
}

function createNotice() {
	const node = el('p', 'notice');
	const text = el('span');
	node.append(symbol('triangle', 'mark warn'), text);
	return { node, update: (/** @type {string} */ notice) => setText(text, notice) };
}

/** @param {import('../app.js').Frame} frame */
export function drawNotices({ model }) {
	const found = Array.isArray(model?.metadata.notices) ? model.metadata.notices : [];
	const notices = [...new Set(found.map(String))].slice(0, SHOWN);
	show(byId('notices'), notices.length > 0);
	patch(byId('notices'), notices, (notice) => notice, createNotice);
}
