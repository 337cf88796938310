// The only place that makes and patches nodes. Foreign text goes through textContent, never through
// a parser; a node is written to only when its value changes.
import { clamp } from './format.js';

const SVG = 'http://www.w3.org/2000/svg';

/**
 * @param {string} id
 * @returns {HTMLElement} the element of index.html, which must be there
 */
export function byId(id) {
	const node = document.getElementById(id);
	if (!node) {
		throw new Error(`index.html has no #${id}`);
	}
	return node;
}

/** @typedef {Node | string} Child a string becomes a text node */

/**
 * @param {string} tag
 * @param {string} [className]
 * @param {...Child} children
 * @returns {HTMLElement}
 */
export function el(tag, className, ...children) {
	const node = document.createElement(tag);
	if (className) {
		node.className = className;
	}
	node.append(...children);
	return node;
}

/**
 * @param {string} className
 * @param {() => void} press
 * @param {...Child} children
 * @returns {HTMLButtonElement}
 */
export function button(className, press, ...children) {
	const node = /** @type {HTMLButtonElement} */ (el('button', className, ...children));
	on(node, 'click', press);
	return node;
}

/**
 * A place: a node, or the id of one in index.html.
 * @template {Element} [T=HTMLElement]
 * @typedef {T | string} Place
 */

/** @param {Node | string} place @returns {HTMLElement} */
const nodeOf = (place) => (typeof place === 'string' ? byId(place)
	: /** @type {HTMLElement} */ (place));

/**
 * @template {keyof HTMLElementEventMap} K
 * @param {Place} place
 * @param {K} type
 * @param {(event: HTMLElementEventMap[K]) => void} listener
 */
export function on(place, type, listener) {
	nodeOf(place).addEventListener(type, listener);
}

/** @param {Node | string} place @param {unknown} value what is not there is no text */
export function setText(place, value) {
	const node = nodeOf(place);
	const text = String(value ?? '');
	if (node.textContent !== text) {
		node.textContent = text;
	}
}

/** A text that takes no room when there is none.
 * @param {Place} place @param {unknown} text */
export function setNote(place, text) {
	setText(place, text);
	show(place, Boolean(text));
}

/** @param {Place<Element>} place @param {string} name
 * @param {string | number | boolean | null} value null takes it away */
export function setAttr(place, name, value) {
	const node = nodeOf(place);
	if (value === null) {
		node.removeAttribute(name);
	} else if (node.getAttribute(name) !== String(value)) {
		node.setAttribute(name, String(value));
	}
}

/** @param {Place<Element>} place @param {string} className */
export function setClass(place, className) {
	setAttr(place, 'class', className);
}

/** @param {Place} place @param {boolean} shown */
export function show(place, shown) {
	const node = nodeOf(place);
	if (node.hidden === shown) {
		node.hidden = !shown;
	}
}

/** @param {HTMLElement} bar @param {number | null} share 0 to 1 */
export function setBar(bar, share) {
	const transform = `scaleX(${clamp(share ?? 0, 0, 1).toFixed(4)})`;
	if (bar.style.transform !== transform) {
		bar.style.transform = transform;
	}
}

/** @param {string} tag */
export const svg = (tag) => /** @type {SVGElement} */ (document.createElementNS(SVG, tag));

/**
 * A drawing of the sprite in index.html.
 * @param {string} name
 * @param {string} className
 * @returns {SVGElement}
 */
export function symbol(name, className) {
	const drawing = svg('svg');
	setClass(drawing, className);
	setAttr(drawing, 'aria-hidden', true);
	drawing.append(svg('use'));
	setSymbol(drawing, name);
	return drawing;
}

/** @param {Place<Element>} drawing @param {string} name */
export function setSymbol(drawing, name) {
	setAttr(/** @type {Element} */ (nodeOf(drawing).firstElementChild), 'href', `#s-${name}`);
}

/** The shape and the tone of a state.
 * @param {Place<Element>} drawing @param {{ shape: string, tone: string }} mark
 * @param {string} [className] */
export function setMark(drawing, { shape, tone }, className = 'mark') {
	setSymbol(drawing, shape);
	setClass(drawing, `${className} ${tone}`);
}

/**
 * A view: a node and how it shows an item.
 * @template T
 * @typedef {{ node: Element, update: (item: T) => void }} View
 */

/** @type {WeakMap<Element, Map<string, View<any>>>} */
const books = new WeakMap();

/** @param {any} item @param {number} nth @returns {string} */
const keyOf = (item, nth) => item.key ?? String(nth);

/**
 * Makes the children of `parent` show `items` in their order. A child lives as long as its key is
 * there, and moves only when the order did; an item without a `key` has that of its place.
 * @template T
 * @param {Place<Element>} place
 * @param {T[]} items
 * @param {(item: T) => View<T>} create
 */
export function patch(place, items, create) {
	const parent = nodeOf(place);
	const book = books.get(parent) ?? new Map();
	const keys = new Set(items.map(keyOf));
	for (const [key, view] of book) {
		if (!keys.has(key)) {
			view.node.remove();
			book.delete(key);
		}
	}
	let next = parent.firstElementChild;
	for (const [nth, item] of items.entries()) {
		const key = keyOf(item, nth);
		const view = book.get(key) ?? create(item);
		book.set(key, view);
		view.update(item);
		if (view.node === next) {
			next = view.node.nextElementSibling;
		} else {
			parent.insertBefore(view.node, next);
		}
	}
	books.set(parent, book);
}
