// The description of the API is valid by a validator that is not ours, and says what is there: no
// more, no less.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Validator } from '@seriousme/openapi-schema-validator';

const PUBLISHED = ['get /api/v1/dashboard', 'get /api/v1/events', 'get /api/v1/live',
	'get /api/v1/openapi.json'];
const METHODS = ['get', 'put', 'post', 'delete', 'patch'];
const source = readFileSync(new URL('../../src/daemon/api_routes.c', import.meta.url), 'utf8');
const file = readFileSync(new URL('../../web/openapi.json', import.meta.url), 'utf8');

function routesOfProgram() {
	const found = [...source.matchAll(/\{ HTTP_([A-Z]+), "([^"]+)",/g)]
		.map(([, method, path]) => `${method.toLowerCase()} ${path}`);
	assert.ok(found.length > 20, `only ${found.length} routes were found in the source`);
	return [...found, ...PUBLISHED];
}

function described(document) {
	return Object.entries(document.paths).flatMap(([path, item]) =>
		METHODS.filter((method) => item[method]).map((method) => `${method} ${path}`));
}

export const tests = [
	['the description is valid', async () => {
		const result = await new Validator().validate(JSON.parse(file));
		assert.deepEqual(result.errors ?? [], []);
		assert.equal(result.valid, true);
	}],
	['the validator can say no', async () => {
		const wrong = JSON.parse(file);
		delete wrong.info.title;
		assert.equal((await new Validator().validate(wrong)).valid, false);
	}],
	['every route is described, and nothing else', async () => {
		const pages = ['get /'];
		const told = described(JSON.parse(file)).filter((one) => !pages.includes(one));
		assert.deepEqual(told.sort(), routesOfProgram().sort());
	}],
	['the daemon serves the description', async ({ url }) => {
		const answer = await fetch(`${url}/api/v1/openapi.json`);
		assert.equal(await answer.text(), file);
	}],
];
