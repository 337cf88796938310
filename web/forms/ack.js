// To take an alert: who, why, for how long, and whether also when it gets worse.
import { el } from '../view/dom.js';
import { make } from '../view/make.js';
import { choiceField, createForm, lineField, send, who, whoField } from './form.js';
import { attempt, offerUndo } from './toast.js';

/** @type {any} */
let alert = null;
const by = whoField();
const { row, field: comment } = lineField('Comment', 'what is being done');
const span = choiceField('Until', [['', 'resolved'], ['1h', '1 h'], ['4h', '4 h'], ['custom', 'custom']],
	'ack-for');
const sticky = /** @type {HTMLInputElement} */ (make('input', { type: 'checkbox' }));
const path = (/** @type {any} */ { id }) => `/api/v1/alerts/${encodeURIComponent(id)}/ack`;

const form = createForm('ack', 'Acknowledge', [by.row, row, span.row,
	el('label', 'choice', sticky, 'Hold it also when the alert gets worse')], async () => {
	const mine = alert;
	const length = span.value() === 'custom' ? span.own() : span.value();
	await send('POST', path(mine), { by: by.read(), comment: comment.value.trim(),
		sticky: sticky.checked, ...length && { for: length } });
	return () => offerUndo(`Acknowledged: ${mine.title}`, () => send('DELETE', path(mine)));
});

/** @param {any} one */
export function openAck(one) {
	alert = one;
	by.reset();
	span.reset();
	comment.value = '';
	sticky.checked = false;
	form.open('Acknowledge', one.title);
	(who() ? comment : by.field).focus();
}

/** @param {any} one acknowledged */
export const takeBack = (one) => attempt(() => send('DELETE', path(one)));
