// What is seen of the page while another one is in sight: its title and icon. Neither says anything
// good that is not known at this moment.
import { byId, setAttr } from '../view/dom.js';
import { verdictWord } from '../panels/verdict.js';

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
	setAttr('favicon', 'href', known ? '/favicon.ico' : byId('favicon').dataset.unknown ?? '');
}
