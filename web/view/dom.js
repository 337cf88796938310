// The only place that makes and patches nodes. Foreign text goes through textContent, never through
// a parser; a node is written to only when its value changes.

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

/**
 * @param {string} tag
 * @param {string} [className]
 * @param {string} [text]
 * @returns {HTMLElement}
 */
export function el(tag, className, text) {
	const node = document.createElement(tag);
	if (className) {
		node.className = className;
	}
	if (text !== undefined) {
		node.textContent = text;
	}
	return node;
}

/**
 * @param {string} className
 * @param {() => void} press
 * @param {string} [text]
 * @returns {HTMLButtonElement}
 */
export function button(className, press, text) {
	const node = /** @type {HTMLButtonElement} */ (el('button', className, text));
	node.type = 'button';
	node.addEventListener('click', press);
	return node;
}

/** @param {Node} node @param {string} text */
export function setText(node, text) {
	if (node.textContent !== text) {
		node.textContent = text;
	}
}

/** @param {Element} node @param {string} name @param {string | null} value null takes it away */
export function setAttr(node, name, value) {
	if (value === null) {
		node.removeAttribute(name);
	} else if (node.getAttribute(name) !== value) {
		node.setAttribute(name, value);
	}
}

/** @param {Element} node @param {string} className */
export function setClass(node, className) {
	setAttr(node, 'class', className);
}

/** @param {HTMLElement} node @param {boolean} shown */
export function show(node, shown) {
	if (node.hidden === shown) {
		node.hidden = !shown;
	}
}

/** @param {HTMLElement} bar @param {number | null} share 0 to 1 */
export function setBar(bar, share) {
	const part = share === null ? 0 : Math.min(1, Math.max(0, share));
	const transform = `scaleX(${part.toFixed(4)})`;
	if (bar.style.transform !== transform) {
		bar.style.transform = transform;
	}
}

/**
 * A drawing of the sprite in index.html.
 * @param {string} name
 * @param {string} className
 * @returns {SVGSVGElement}
 */
export function symbol(name, className) {
	const svg = document.createElementNS(SVG, 'svg');
	svg.setAttribute('class', className);
	svg.setAttribute('aria-hidden', 'true');
	svg.append(document.createElementNS(SVG, 'use'));
	setSymbol(svg, name);
	return svg;
}

/** @param {Element} svg @param {string} name */
export function setSymbol(svg, name) {
	setAttr(/** @type {Element} */ (svg.firstElementChild), 'href', `#s-${name}`);
}

/**
 * A view: a node and how it shows an item.
 * @template T
 * @typedef {{ node: Element, update: (item: T) => void }} View
 */

/** @type {WeakMap<Element, Map<string, View<any>>>} */
const books = new WeakMap();

/**
 * Makes the children of `parent` show `items` in their order. A child lives as long as its key is
 * there, and moves only when the order did.
 * @template T
 * @param {Element} parent
 * @param {T[]} items
 * @param {(item: T) => string} keyOf unique within the list
 * @param {(item: T) => View<T>} create
 */
export function patch(parent, items, keyOf, create) {
	const book = books.get(parent) ?? new Map();
	const keys = new Set(items.map(keyOf));
	for (const [key, view] of book) {
		if (!keys.has(key)) {
			view.node.remove();
			book.delete(key);
		}
	}
	let next = parent.firstElementChild;
	for (const item of items) {
		const key = keyOf(item);
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
