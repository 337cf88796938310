// The tokens keep what the design promises: contrast in both themes, and tones that stay apart for
// the colour-blind (matrices of Machado, Oliveira and Fernandes 2009, full severity; CIE 1976 ΔE).
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const css = readFileSync(fileURLToPath(new URL('../../web/styles/tokens.css', import.meta.url)), 'utf8');
const THEMES = ['light', 'dark'];
const DEFICITS = {
	protan: [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
		[-0.003882, -0.048116, 1.051998]],
	deutan: [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
		[-0.01182, 0.04294, 0.968881]],
	tritan: [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
		[0.004733, 0.691367, 0.3039]],
};
/** Lowest contrast on the card, in light and in dark. */
const ON_CARD = { ok: [5.6, 8.4], quiet: [3.9, 4.0], warn: [3.9, 9.9], 'warn-text': [6.2, 9.9],
	bad: [6.0, 7.1], dim: [5.4, 6.9], calm: [5.9, 7.8], info: [6.1, 8.0], trace: [5.3, 8.1],
	t1: [17.9, 14.9], t2: [8.2, 8.6], t3: [5.4, 5.6] };
const TEXT_MIN = 4.5;
/** How far apart pairs stay at least. `quiet` is what healthy looks like in ribbons and strips; what
 * is near is told apart by its shape as well. */
const APART = [['quiet', 'bad', 19], ['ok', 'bad', 16.5], ['warn', 'bad', 26], ['quiet', 'warn', 60],
	['quiet', 'dim', 11], ['calm', 'dim', 12]];

/** @returns {Record<string, string[]>} token: light and dark as #rrggbb; the first definition counts */
function tokens() {
	const found = {};
	for (const [, name, light, dark] of css.matchAll(
		/--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)/g)) {
		found[name] ??= [light, dark];
	}
	return found;
}

const all = tokens();

function linear(hex) {
	return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255)
		.map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
}

function luminance(hex) {
	const [red, green, blue] = linear(hex);
	return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one, other) {
	const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
	return (high + 0.05) / (low + 0.05);
}

function multiply(matrix, vector) {
	return matrix.map((row) => row.reduce((sum, part, nth) => sum + part * vector[nth], 0));
}

/** CIELAB, D65, of linear sRGB. */
function lab(rgb) {
	const [x, y, z] = multiply([[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.072175],
		[0.0193339, 0.119192, 0.9503041]], rgb.map((part) => Math.min(1, Math.max(0, part))));
	const [a, b, c] = [x / 0.95047, y, z / 1.08883].map((part) =>
		(part > 216 / 24389 ? Math.cbrt(part) : (part * 24389 / 27 + 16) / 116));
	return [116 * b - 16, 500 * (a - b), 200 * (b - c)];
}

function distance(one, other, matrix) {
	const [a, b] = [one, other].map((hex) => lab(multiply(matrix, linear(hex))));
	return Math.hypot(...a.map((part, nth) => part - b[nth]));
}

function assertTones() {
	for (const [name, least] of Object.entries(ON_CARD)) {
		THEMES.forEach((theme, nth) => {
			const found = contrast(all[name][nth], all.card[nth]);
			assert.ok(found >= least[nth] - 0.05, `--${name}, ${theme}: ${found.toFixed(2)}`);
		});
	}
}

function assertText() {
	for (const text of ['t1', 't2', 't3']) {
		for (const surface of ['bg', 'card', 'raised', 'bad-tint']) {
			THEMES.forEach((theme, nth) => {
				const found = contrast(all[text][nth], all[surface][nth]);
				assert.ok(found >= TEXT_MIN, `--${text} on --${surface}, ${theme}: ${found.toFixed(2)}`);
			});
		}
	}
}

function assertApart() {
	for (const [one, other, least] of APART) {
		THEMES.forEach((theme, nth) => {
			for (const [deficit, matrix] of Object.entries(DEFICITS)) {
				const found = distance(all[one][nth], all[other][nth], matrix);
				assert.ok(found >= least - 0.5, `--${one} and --${other}, ${deficit}, ${theme}: `
					+ `${found.toFixed(1)}, wanted ${least}`);
			}
		});
	}
}

export const tests = [
	['every tone has its contrast on a card', assertTones],
	['text can be read on every surface', assertText],
	['tones stay apart for the colour-blind', assertApart],
];
