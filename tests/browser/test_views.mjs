// The page as a picture: twelve views, compared with those that were accepted.
//
// Every picture is kept in build/screenshots. What differs is kept beside it as NAME.before.webp.
// `tools/screenshot --accept` takes today's pictures as the right ones; `--record` asks a daemon for
// new answers first. References are made smaller, so that a few lines of text do not weigh much.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Answers, draw, startScene, VIEWS } from './views.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const REFERENCES = join(here, 'views');
const PICTURES = join(here, '../../build/screenshots');
const README_PICTURE = join(here, '../../docs/images/dashboard.png');
const README_VIEW = 'dark';
const SHRINK = 2;
/** A pixel differs when a channel does by more; so many of a thousand may. */
const CHANNEL_MAX = 20;
const PIXELS_MAX = 1.5;

const mode = process.env.BELLWETHER_VIEWS ?? 'compare';

export const config = 'components: []\n';

/** In the page: the picture made smaller, as lossless WebP, and how many of its pixels differ. */
async function reduce({ picture, reference, shrink, channelMax }) {
	const load = async (data) => {
		const image = new Image();
		image.src = data;
		await image.decode();
		return image;
	};
	const pixels = (image, width, height) => {
		const canvas = document.createElement('canvas');
		canvas.width = width;
		canvas.height = height;
		const context = canvas.getContext('2d', { willReadFrequently: true });
		context.imageSmoothingQuality = 'high';
		context.drawImage(image, 0, 0, width, height);
		return { canvas, data: context.getImageData(0, 0, width, height).data };
	};
	const image = await load(picture);
	const width = Math.round(image.width / shrink);
	const height = Math.round(image.height / shrink);
	const now = pixels(image, width, height);
	const webp = now.canvas.toDataURL('image/webp', 1);
	if (!reference) {
		return { webp, differs: NaN };
	}
	const old = await load(reference);
	if (old.width !== width || old.height !== height) {
		return { webp, differs: 1000, why: `${width}x${height}, was ${old.width}x${old.height}` };
	}
	const before = pixels(old, width, height);
	let count = 0;
	for (let at = 0; at < now.data.length; at += 4) {
		const far = [0, 1, 2].some((nth) =>
			Math.abs(now.data[at + nth] - before.data[at + nth]) > channelMax);
		count += far ? 1 : 0;
	}
	return { webp, differs: count * 4000 / now.data.length };
}

const dataUrl = (type, bytes) => `data:image/${type};base64,${bytes.toString('base64')}`;
const bytesOf = (url) => Buffer.from(url.split(',')[1], 'base64');

async function compare(browser, name, picture, view) {
	const path = join(REFERENCES, `${name}.webp`);
	const known = mode === 'compare' && existsSync(path) ? readFileSync(path) : null;
	const page = await browser.newPage();
	const { webp, differs, why } = await page.evaluate(reduce, { picture: dataUrl('png', picture),
		reference: known && dataUrl('webp', known), shrink: view.shrink ?? SHRINK,
		channelMax: CHANNEL_MAX });
	await page.close();
	if (mode !== 'compare') {
		mkdirSync(REFERENCES, { recursive: true });
		writeFileSync(path, bytesOf(webp));
		return;
	}
	assert.ok(known, `no picture of ${name} was accepted yet: tools/screenshot --accept`);
	console.log(`      figure ${name}: ${differs.toFixed(2)} of 1,000 pixels differ`);
	if (differs > PIXELS_MAX) {
		writeFileSync(join(PICTURES, `${name}.before.webp`), known);
	}
	assert.ok(differs <= PIXELS_MAX, `${name} looks otherwise (${why ?? `${differs.toFixed(1)} of 1,000`
		+ ' pixels'}): look at build/screenshots, then tools/screenshot --accept`);
}

const scenes = new Map();

async function answersOf(scene) {
	if (!scenes.has(scene)) {
		const source = mode === 'record' ? await startScene(process.env.BELLWETHER_PROGRAM, scene) : null;
		scenes.set(scene, { answers: new Answers(scene, source?.url), source });
	}
	return scenes.get(scene);
}

async function take({ browser, url }, name, scene, view) {
	const { answers, source } = await answersOf(scene);
	const picture = await draw(browser, url, answers, view);
	mkdirSync(PICTURES, { recursive: true });
	writeFileSync(join(PICTURES, `${name}.png`), picture);
	await compare(browser, name, picture, view);
	if (mode !== 'compare' && name === README_VIEW) {
		mkdirSync(dirname(README_PICTURE), { recursive: true });
		writeFileSync(README_PICTURE, picture);
	}
	const last = VIEWS.findLast(([, of]) => of === scene)[0];
	if (source && name === last) {
		answers.save();
		await source.stop();
	}
}

export const tests = VIEWS.map(([name, scene, view]) =>
	[name, (test) => take(test, name, scene, view)]);
