// What the reader looks at, kept in the address, so that a view can be sent to somebody else:
// `#components?status=unhealthy&q=feed&range=6h`. Before `?` stands the section, behind it the
// view; a value that is the usual one is left out.

/**
 * - q       words of the components' filter
 * - status  facets of the components, joined by `,`
 * - sort    column of the components, `-` before it for descending
 * - open    the component whose detail is open
 * - range   of the history: 15m, 1h, 6h, 24h
 * - from, to   of a zoomed history, seconds since 1970; instead of range
 * - table   1: the history as a table
 * - alerts  tab of the alerts: firing, resolved
 * - zone    utc, local
 * - wall    1
 * @typedef {'q' | 'status' | 'sort' | 'open' | 'range' | 'from' | 'to' | 'table' | 'alerts'
 *   | 'zone' | 'wall'} ViewKey
 */

/** @type {Map<ViewKey, ((value: string) => void)[]>} */
const listeners = new Map();
let view = read();

function read() {
	const query = location.hash.split('?')[1] ?? location.search.slice(1);
	return new URLSearchParams(query);
}

/** @param {ViewKey} key @returns {string} empty when it is the usual one */
export function viewOf(key) {
	return view.get(key) ?? '';
}

/** Keeps a value; nobody is told, because who sets it knows it.
 * @param {ViewKey} key @param {string} value empty for the usual one */
export function keepView(key, value) {
	if (viewOf(key) === value) {
		return;
	}
	if (value === '') {
		view.delete(key);
	} else {
		view.set(key, value);
	}
	const section = location.hash.slice(1).split('?')[0];
	const query = view.toString();
	history.replaceState(null, '', `${location.pathname}#${section}${query ? `?${query}` : ''}`);
}

/** Told when the address was changed from outside (a link, back, a pasted address).
 * @param {ViewKey} key @param {(value: string) => void} listener */
export function onView(key, listener) {
	listeners.set(key, [...listeners.get(key) ?? [], listener]);
}

/** Goes to a section of the page with a part of the view changed, as a link would, and puts the
 * focus on what the keyboard acts upon there.
 * @param {string} section @param {Partial<Record<ViewKey, string>>} changes */
export function goTo(section, changes) {
	const next = new URLSearchParams(view);
	for (const [key, value] of Object.entries(changes)) {
		next.set(key, value);
	}
	const query = next.toString();
	const hash = `#${section}${query ? `?${query}` : ''}`;
	const place = document.getElementById(section);
	if (location.hash !== hash) {
		history.pushState(null, '', `${location.pathname}${hash}`);
		changed();
	}
	place?.scrollIntoView();
	/** @type {HTMLElement | null | undefined} */ (place?.querySelector('[tabindex="0"]'))
		?.focus({ preventScroll: true });
}

function changed() {
	const before = view;
	view = read();
	for (const [key, told] of listeners) {
		if ((before.get(key) ?? '') !== viewOf(key)) {
			told.forEach((listener) => listener(viewOf(key)));
		}
	}
}

addEventListener('hashchange', changed);
