// A form for one order: fields in a dialog, what the daemon says when it refuses beside the button, and
// the button is there for another try. Nothing counts as done before the daemon has said so.
import { el, on, patch, setAttr, setNote, setText, show } from '../view/dom.js';
import { ask, wordsOf } from '../view/daemon.js';
import { keep, kept } from '../view/kept.js';
import { make } from '../view/make.js';
import { refuse } from '../view/rights.js';

const FORBIDDEN = 403;

/** @param {string} method @param {string} path @param {object} [body] @returns {Promise<any>} */
export async function send(method, path, body) {
	try {
		return await ask(path, { method, body: body && JSON.stringify(body),
			headers: body ? { 'Content-Type': 'application/json' } : {} });
	} catch (error) {
		if (/** @type {any} */ (error).status === FORBIDDEN) {
			refuse(wordsOf(error));
		}
		throw error;
	}
}

/** @returns {string} who gave an order in this browser the last time */
export const who = () => kept('who');

/** @typedef {HTMLInputElement | HTMLTextAreaElement} Field */

/** @param {string} label @param {string} [note] @returns {{ row: HTMLElement, field: HTMLInputElement }} */
export function lineField(label, note = '') {
	const field = /** @type {HTMLInputElement} */ (make('input', { type: 'text', maxlength: 500,
		autocomplete: 'off', placeholder: note }));
	return { row: el('label', 'field', el('span', '', label), field), field };
}

/** Who gives the order; kept for the next one. */
export function whoField() {
	const { row, field } = lineField('Who', 'your name');
	field.required = true;
	field.maxLength = 100;
	return { row, field, reset: () => { field.value = who(); }, read() {
		keep('who', field.value.trim());
		return field.value.trim();
	} };
}

/**
 * One of several, the last of which may be a text of the reader's own.
 * @param {string} legend
 * @param {[string, string][]} choices value and word; the value `custom` comes with a field
 * @param {string} name
 */
export function choiceField(legend, choices, name) {
	const own = /** @type {HTMLInputElement} */ (make('input.own', { type: 'text', maxlength: 20,
		placeholder: '90m, 2h, 3d', 'aria-label': `${legend}: how long`, hidden: '' }));
	const radios = choices.map(([value]) => /** @type {HTMLInputElement} */ (make('input',
		{ type: 'radio', name, value })));
	const row = el('fieldset', 'field', el('legend', '', legend), ...radios.map((radio, nth) =>
		el('label', 'choice', radio, choices[nth][1])), own);
	const value = () => radios.find((radio) => radio.checked)?.value ?? '';
	const turn = () => {
		show(own, value() === 'custom');
		own.required = value() === 'custom';
	};
	on(row, 'change', turn);
	on(row, 'change', () => value() === 'custom' && own.focus());
	return { row, value, own: () => own.value.trim(), reset() {
		radios[0].checked = true;
		own.value = '';
		turn();
	} };
}

/**
 * @param {string} id
 * @param {string} word what it does, on the button
 * @param {HTMLElement[]} rows
 * @param {() => Promise<() => void>} act throws what the daemon said; what it returns is done when the
 *   form is closed
 */
export function createForm(id, word, rows, act) {
	const title = make(`h2#${id}-title`, {});
	const about = el('p', 'about');
	const trouble = make('p.trouble', { role: 'alert' });
	const press = /** @type {HTMLButtonElement} */ (el('button', 'push main', word));
	const leave = /** @type {HTMLButtonElement} */ (make('button.push', { type: 'button' }, 'Cancel'));
	const form = el('form', '', title, about, ...rows, trouble, el('p', 'buttons', leave, press));
	const dialog = /** @type {HTMLDialogElement} */ (make(`dialog.form#${id}`,
		{ 'aria-labelledby': title.id }, form));
	on(dialog, 'close', () => dialog.remove());
	on(leave, 'click', () => dialog.close());
	on(form, 'submit', async (event) => {
		event.preventDefault();
		press.disabled = true;
		setText(trouble, '');
		try {
			const done = await act();
			dialog.close();
			done();
		} catch (error) {
			setText(trouble, `Not done: ${wordsOf(error)}`);
			setText(press, 'Retry');
		}
		press.disabled = false;
	});
	return { dialog, form, open(/** @type {string} */ head, /** @type {string} */ text) {
		setText(title, head);
		setNote(about, text);
		setText(trouble, '');
		setText(press, word);
		document.body.append(dialog);
		dialog.showModal();
	} };
}

/** @param {Element} list @param {string[]} texts */
export function setItems(list, texts) {
	patch(list, texts, () => {
		const node = el('li');
		return { node, update: (/** @type {string} */ text) => setText(node, text) };
	});
	setAttr(list, 'hidden', texts.length > 0 ? null : '');
}
