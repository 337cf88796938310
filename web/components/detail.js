// One component in full: facts, the whole error, its latest checks, and "Check now".
import { button, byId, el, setText, symbol } from '../view/dom.js';
import { clock, ms, NONE, parseTime } from '../view/format.js';
import { stateMark } from '../view/marks.js';
import { order } from '../view/orders.js';

const RECENT = 10;
const ASK_MAX_MS = 10000;

/** @param {string} path */
async function ask(path) {
	const answer = await fetch(path, { cache: 'no-store', signal: AbortSignal.timeout(ASK_MAX_MS) });
	const body = await answer.json();
	if (!answer.ok) {
		throw new Error(body.detail ?? `refused with ${answer.status}`);
	}
	return body;
}

/** @param {any} found @returns {[string, string][]} */
function factsOf(found) {
	const details = Object.entries(found.details ?? {})
		.map(([name, value]) => /** @type {[string, string]} */ ([name,
			typeof value === 'object' ? JSON.stringify(value) : String(value)]));
	return [
		['Kind', String(found.kind ?? NONE)],
		['Since', clock(parseTime(found.since))],
		['Checked', clock(parseTime(found.last_check))],
		['Response', ms(found.response_time_ms)],
		['Every', ms((found.every_seconds ?? NaN) * 1000)],
		...details,
	];
}

/** @param {any} found */
function facts(found) {
	const list = el('dl');
	for (const [name, value] of factsOf(found)) {
		list.append(el('dt', '', name), el('dd', '', value));
	}
	return list;
}

/** @param {any[]} rows */
function recent(rows) {
	const list = el('ul', 'recent');
	for (const row of rows.slice(-RECENT).reverse()) {
		const mark = stateMark(row.status);
		const item = el('li');
		item.append(symbol(mark.shape, `mark ${mark.tone}`),
			el('span', '', clock(parseTime(row.timestamp))),
			el('span', '', ms(row.response_time_ms)),
			el('span', '', row.error_message ?? mark.word));
		list.append(item);
	}
	return list;
}

/** @param {string} name @param {HTMLDialogElement} dialog */
function buttons(name, dialog) {
	const row = el('p', 'buttons');
	const said = el('span', 'note');
	said.setAttribute('role', 'status');
	const check = button('push', async () => {
		setText(said, 'Asked for a check.');
		const trouble = await order(`/api/v1/components/${encodeURIComponent(name)}/check`);
		setText(said, trouble);
		if (trouble === '') {
			openDetail(name);
		}
	}, 'Check now');
	row.append(check, button('push', () => dialog.close(), 'Close'), said);
	return row;
}

/** @param {any} found */
function heading(found) {
	const mark = stateMark(found.status);
	const head = el('h2');
	head.id = 'detail-title';
	head.append(symbol(mark.shape, `mark ${mark.tone}`), el('span', '', found.name),
		el('span', 'note', mark.word));
	return head;
}

/** @param {string} name */
export async function openDetail(name) {
	const dialog = /** @type {HTMLDialogElement} */ (byId('detail'));
	const path = `/api/v1/components/${encodeURIComponent(name)}`;
	/** @type {Node[]} */
	let parts;
	try {
		const [found, history] = await Promise.all([ask(path),
			ask(`${path}/history?points=100`).catch(() => ({ data: [] }))]);
		parts = [heading(found), facts(found), recent(history.data ?? [])];
		if (found.error_message) {
			const text = el('p', 'text', found.error_message);
			text.tabIndex = 0;
			parts.splice(1, 0, text);
		}
	} catch (error) {
		const problem = `Could not be asked: ${/** @type {Error} */ (error).message}`;
		parts = [heading({ name, status: 'unknown' }), el('p', 'text', problem)];
	}
	dialog.replaceChildren(...parts, buttons(name, dialog));
	if (!dialog.open) {
		dialog.showModal();
	}
}
