// What is beside the page: a frame with a title, a body that scrolls and a foot, as a sheet that "back"
// takes away.
import { byId, el, on } from '../view/dom.js';
import { make } from '../view/make.js';
import { createSheet } from './sheet.js';

/** @param {Element} mark @param {HTMLElement} title gets the focus
 * @param {import('../view/dom.js').Child[]} body @param {HTMLElement} footer
 * @param {string} id of the dialog; its button is called `id-close`, what scrolls `id-body` */
export function frameOf(id, mark, title, body, footer) {
	const close = make(`button.icon#${id}-close`, { 'aria-label': 'Close' }, el('i', 'glyph close'));
	title.id = `${id}-title`;
	title.tabIndex = -1;
	title.autofocus = true;
	mark.id = `${id}-mark`;
	document.body.append(make(`dialog.detail-sheet#${id}`, { 'aria-labelledby': title.id },
		el('header', '', mark, title, close),
		make(`div.body#${id}-body`, { tabindex: 0, role: 'group', 'aria-labelledby': title.id }, ...body),
		footer));
}

/** A sheet that is a dialog beside the page: Escape, a press beside it and its own button close it.
 * @param {import('../shell/address.js').ViewKey} key
 * @param {string} id as of frameOf()
 * @param {(value: string) => void} turnTo told what it has to show
 */
export function createDialog(key, id, turnTo) {
	const dialog = /** @type {HTMLDialogElement} */ (byId(id));
	const sheet = createSheet(key, (value) => {
		if (!dialog.open) {
			dialog.showModal();
		}
		turnTo(value);
		byId(`${id}-body`).scrollTop = 0;
	}, () => dialog.close());
	on(`${id}-close`, 'click', sheet.close);
	on(dialog, 'cancel', (event) => {
		event.preventDefault();
		sheet.close();
	});
	on(dialog, 'click', (event) => {
		if (event.target === dialog) {
			sheet.close();
		}
	});
	return { ...sheet, dialog };
}
