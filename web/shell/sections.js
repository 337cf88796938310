// The sections of the page: the links of both navigations, the keys 1…9, and which one is in sight.
// The current one is the one the reader went to as long as it can be seen, else the first that
// crosses the upper part of the window.
import { byId, setAttr } from '../view/dom.js';
import { goTo, onSection, reveal, sectionOf } from './address.js';
import { offerKey } from './keys.js';

const BAND = '-20% 0px -65% 0px';

/** @type {HTMLAnchorElement[]} */
const links = [...document.querySelectorAll('.sections a, .bottom a')].map((link) =>
	/** @type {HTMLAnchorElement} */ (link));
const ids = [...new Set(links.map((link) => link.hash.slice(1)))];
/** @type {Set<string>} */
const inBand = new Set();
let chosen = '';
let isPlaced = false;

function mark() {
	const current = ids.find((id) => id === chosen) ?? ids.find((id) => inBand.has(id));
	for (const link of links) {
		const isCurrent = link.hash.slice(1) === current;
		setAttr(link, 'aria-current', isCurrent ? 'location' : null);
	}
}

/** @param {string} rootMargin @param {(id: string, isInside: boolean) => void} note */
function watch(rootMargin, note) {
	const observer = new IntersectionObserver((entries) => {
		entries.forEach(({ target, isIntersecting }) => note(target.id, isIntersecting));
		mark();
	}, { rootMargin });
	ids.forEach((id) => observer.observe(byId(id)));
}

/** @param {MouseEvent} event */
function click(event) {
	const link = event.target instanceof Element ? event.target.closest('a[href^="#"]') : null;
	const id = link?.getAttribute('href')?.slice(1) ?? '';
	if (document.getElementById(id) && !event.ctrlKey && !event.metaKey) {
		event.preventDefault();
		goTo(id, {}, event.detail === 0);
	}
}

export function listenSections() {
	watch('0px', (id, isInside) => {
		chosen = id === chosen && !isInside ? '' : chosen;
	});
	watch(BAND, (id, isInside) => (isInside ? inBand.add(id) : inBand.delete(id)));
	document.addEventListener('click', click);
	offerKey(ids.map((_, nth) => String(nth + 1)), 'go to the section',
		(event) => goTo(ids[Number(event.key) - 1], {}, true));
	onSection((section) => {
		chosen = section;
		mark();
	});
}

/** Once there is something to see: the section that the address names. A browser that restores where
 * the reader was, or a reader who was quicker, goes first.
 * @param {import('../app.js').Frame} frame */
export function placeSection({ model }) {
	if (model && !isPlaced) {
		isPlaced = true;
		if (ids.includes(sectionOf()) && scrollY === 0) {
			reveal(sectionOf());
		}
	}
}
