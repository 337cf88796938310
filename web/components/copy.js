// Text into the clipboard; also where the page comes over plain HTTP from another machine and the
// browser offers no clipboard of its own.
import { el } from '../view/dom.js';

/**
 * @param {string} text
 * @param {Element} near where the text may stand for a moment; inside an open dialog, if there is one
 * @returns {Promise<boolean>}
 */
export async function copyText(text, near) {
	try {
		await navigator.clipboard.writeText(text);
		return true;
	} catch {
		const area = /** @type {HTMLTextAreaElement} */ (el('textarea', 'unseen'));
		const focused = /** @type {HTMLElement | null} */ (document.activeElement);
		area.value = text;
		near.append(area);
		area.select();
		const done = document.execCommand('copy');
		area.remove();
		focused?.focus();
		return done;
	}
}
