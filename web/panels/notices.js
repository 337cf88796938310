// What Bellwether has to say about itself: a reload that failed, a store that refuses.
import { el, patch, setText, show, symbol } from '../view/dom.js';

const SHOWN = 8;

function createNotice() {
	const text = el('span');
	const node = el('p', 'notice', symbol('triangle', 'mark warn'), text);
	return { node, update: (/** @type {string} */ notice) => setText(text, notice) };
}

/** @param {import('../app.js').Frame} frame */
export function drawNotices({ model }) {
	const found = Array.isArray(model?.metadata.notices) ? model.metadata.notices : [];
	const notices = [...new Set(found.map(String))];
	const more = notices.splice(SHOWN).length;
	show('notices', notices.length > 0);
	patch('notices', more > 0 ? [...notices, `And ${more} more; the log has all.`] : notices,
		createNotice);
}
