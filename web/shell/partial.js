// A part of the page that could not be had says so in its own place; the rest goes on.
import { setText, show } from '../view/dom.js';
import { clock } from '../view/format.js';

/** @type {NodeListOf<HTMLElement>} each is about a part of the model */
const lines = document.querySelectorAll('.partial');

/** @param {import('../app.js').Frame} frame */
export function drawPartial({ model }) {
	for (const line of lines) {
		const since = model?.missing.get(String(line.dataset.part));
		show(line, since !== undefined);
		setText(/** @type {Element} */ (line.firstElementChild), clock(since ?? NaN));
	}
}
