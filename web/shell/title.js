// What is seen of the page while another one is in sight: its title and icon. Neither says anything
// good that is not known at this moment.
import { setAttr } from '../view/dom.js';
import { verdictWord } from '../panels/verdict.js';

const RING = 'data:image/svg+xml,%3Csvg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"%3E'
	+ '%3Ccircle cx="8" cy="8" r="6" fill="none" stroke="%2387919a" stroke-width="2.5"'
	+ ' stroke-dasharray="3 2"/%3E%3C/svg%3E';

/** @param {import('../app.js').Frame} frame */
export function drawTitle(frame) {
	const known = frame.model !== null && frame.state !== 'lost' && !document.hidden;
	const word = known ? verdictWord(frame) : '?';
	const parts = [known && frame.state === 'paused' ? `Paused: ${word}` : word,
		frame.model?.metadata.instance, 'Bellwether'].filter(Boolean);
	const title = parts.join(' · ');
	if (document.title !== title) {
		document.title = title;
	}
	setAttr('favicon', 'href', known ? '/favicon.ico' : RING);
}
