// The page on the wall: no controls, everything in one screen. The style is in styles/wall.css.
import { keepView, onView, viewOf } from './address.js';
import { isForPage, offerKey } from './keys.js';

function wear() {
	document.documentElement.classList.toggle('wall', viewOf('wall') === '1');
}

/** @param {boolean} on */
function hang(on) {
	keepView('wall', on ? '1' : '');
	wear();
}

export function listenWall() {
	wear();
	onView('wall', wear);
	offerKey(['w'], 'page for the wall', () => hang(viewOf('wall') === ''));
	document.addEventListener('keydown', (event) => {
		if (event.key === 'Escape' && viewOf('wall') !== '' && isForPage(event)) {
			hang(false);
		}
	});
}
