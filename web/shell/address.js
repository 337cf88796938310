// What the reader looks at, kept in the address, so that a view can be sent to somebody else:
// `#components?status=unhealthy&q=feed&range=6h`. Before `?` stands the section, behind it the
// view; a value that is the usual one is left out, one that makes no sense counts as not there.

/**
 * - q       words of the components' filter
 * - status  facets of the components, joined by `,`
 * - sort    column of the components, `-` before it for descending
 * - list    1: on a phone, the whole list of components
 * - open    the component whose detail is open
 * - breaker the breaker whose detail is open
 * - range   of the history: 15m, 1h, 6h, 24h, 7d, 30d, 90d, 1y
 * - span    of the history within a detail: 1h, 6h, 24h, 7d, 30d, 90d, 1y
 * - from, to   of a zoomed history, seconds since 1970; instead of range
 * - table   1: the history as a table
 * - alerts  tab of the alerts: firing, acked, silenced, resolved
 * - zone    utc, local
 * - wall    1
 * @typedef {'q' | 'status' | 'sort' | 'list' | 'open' | 'breaker'
 *   | 'range' | 'span' | 'from' | 'to' | 'table' | 'alerts' | 'zone' | 'wall'} ViewKey
 */

const TEXT = /^[^]{1,300}$/;
const WORDS = /^-?[a-z_,]{1,200}$/;
const SECONDS = /^\d{1,10}$/;
const ON = /^1$/;

/** @type {Record<ViewKey, RegExp>} what makes sense */
const VALUES = {
	q: TEXT,
	status: WORDS,
	sort: WORDS,
	list: ON,
	open: TEXT,
	breaker: TEXT,
	range: /^(15m|1h|6h|24h|7d|30d|90d|1y)$/,
	span: /^(1h|6h|7d|30d|90d|1y)$/,
	from: SECONDS,
	to: SECONDS,
	table: ON,
	alerts: /^(firing|acked|silenced|resolved)$/,
	zone: /^(utc|local)$/,
	wall: ON,
};

/** @type {Map<ViewKey, ((value: string) => void)[]>} */
const listeners = new Map();
/** @type {((section: string) => void)[]} */
const visitors = [];
let view = read();

/** Of the hash, else of the search, where `?wall` alone is enough. */
function read() {
	const found = new Map();
	const [, hash = ''] = location.hash.split(/\?(.*)/s);
	for (const [key, value] of new URLSearchParams(hash || location.search)) {
		const given = key === 'wall' && value === '' ? '1' : value;
		if (Object.hasOwn(VALUES, key) && VALUES[/** @type {ViewKey} */ (key)].test(given)) {
			found.set(key, given);
		}
	}
	return found;
}

/** @param {string} section @returns {string} the address of it with the present view */
function addressOf(section) {
	const query = new URLSearchParams([...view]).toString().replaceAll('%2C', ',');
	return `${location.pathname}#${section}${query ? `?${query}` : ''}`;
}

/** @returns {string} id of the section that the address names, or empty */
export function sectionOf() {
	return location.hash.slice(1).split('?')[0];
}

/** @param {ViewKey} key @returns {string} empty when it is the usual one */
export function viewOf(key) {
	return view.get(key) ?? '';
}

/** @param {ViewKey} key @param {string} value */
function put(key, value) {
	if (VALUES[key].test(value)) {
		view.set(key, value);
	} else {
		view.delete(key);
	}
}

/** Keeps a value; nobody is told, because who sets it knows it.
 * @param {ViewKey} key @param {string} value empty for the usual one */
export function keepView(key, value) {
	if (viewOf(key) !== value) {
		put(key, value);
		history.replaceState(null, '', addressOf(sectionOf()));
	}
}

/** Told when the address was changed from outside (a link, back, a pasted address).
 * @param {ViewKey} key @param {(value: string) => void} listener */
export function onView(key, listener) {
	listeners.set(key, [...listeners.get(key) ?? [], listener]);
}

/** Told which section the reader went to.
 * @param {(section: string) => void} visitor */
export function onSection(visitor) {
	visitors.push(visitor);
}

/** @param {Map<string, string>} before */
function tell(before) {
	for (const [key, told] of listeners) {
		if ((before.get(key) ?? '') !== viewOf(key)) {
			told.forEach((listener) => listener(viewOf(key)));
		}
	}
}

function reread() {
	const before = view;
	view = read();
	tell(before);
	visitors.forEach((visitor) => visitor(sectionOf()));
}

/** Goes to a section of the page with a part of the view changed, as a link would. A keyboard gets
 * the focus on what it acts upon there.
 * @param {string} section @param {Partial<Record<ViewKey, string>>} [changes]
 * @param {boolean} [isByKey] */
export function goTo(section, changes = {},
	isByKey = document.activeElement?.matches(':focus-visible')) {
	const before = new Map(view);
	for (const [key, value] of Object.entries(changes)) {
		put(/** @type {ViewKey} */ (key), value);
	}
	const address = addressOf(section);
	if (address !== `${location.pathname}${location.hash}`) {
		history.pushState(null, '', address);
		tell(before);
	}
	reveal(section, isByKey);
}

/** @param {string} section @param {boolean} [isByKey] */
export function reveal(section, isByKey = false) {
	const place = document.getElementById(section);
	if (place) {
		place.tabIndex = -1;
		place.scrollIntoView();
		/** @type {HTMLElement} */ (isByKey && place.querySelector('[tabindex="0"]') || place)
			.focus({ preventScroll: true });
		visitors.forEach((visitor) => visitor(section));
	}
}

addEventListener('popstate', reread);
addEventListener('hashchange', reread);
