// Nodes that stand still, in one line each: for the second script, whose parts are not in index.html.
import { el, setAttr } from './dom.js';

/**
 * @param {string} what tag, classes and id: `dialog.detail-sheet#detail`
 * @param {Record<string, string | number | boolean>} attributes
 * @param {...import('./dom.js').Child} children
 * @returns {HTMLElement}
 */
export function make(what, attributes, ...children) {
	const [, tag, classes, id] = /** @type {RegExpMatchArray} */ (what.match(/^(\w+)([^#]*)#?(.*)$/));
	const node = el(tag, classes.replaceAll('.', ' ').trim(), ...children);
	node.id = id;
	for (const [name, value] of Object.entries(attributes)) {
		setAttr(node, name, value);
	}
	if (!id) {
		node.removeAttribute('id');
	}
	return node;
}
