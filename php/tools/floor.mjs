// Whether PHP files can be read by PHP 8.1, the oldest that the plugin promises: parses each
// with the syntax of 8.1, and looks for what that parser lets pass and 8.1 does not have.
//
// usage: node floor.mjs FOLDER-OF-PACKAGES FILE...

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';

const [packages, ...files] = process.argv.slice(2);
const Engine = createRequire(resolve(packages, 'package.json'))('php-parser');
const engine = new Engine({ parser: { version: '8.1', extractDoc: false }, ast: { withPositions: true } });

// Functions that came with 8.2 and later.
const LATER = new Set([
	'memory_reset_peak_usage', 'ini_parse_quantity', 'curl_upkeep', 'openssl_cipher_key_length', 'sodium_crypto_stream_xchacha20_xor_ic',
	'json_validate', 'mb_str_pad', 'str_increment', 'str_decrement', 'stream_context_set_options', 'posix_sysconf',
	'mb_trim', 'mb_ltrim', 'mb_rtrim', 'mb_ucfirst', 'mb_lcfirst', 'array_find', 'array_find_key', 'array_any', 'array_all',
	'request_parse_body', 'http_get_last_response_headers', 'http_clear_last_response_headers', 'fpow', 'bcceil', 'bcfloor', 'bcround', 'bcdivmod',
	'array_first', 'array_last', 'get_error_handler', 'get_exception_handler',
]);

// Standalone as types only since 8.2.
const ALONE = new Set(['true', 'false', 'null']);

const complaints = [];
for (const file of files) {
	const complain = (node, what) => complaints.push(`${file}:${node.loc?.start.line ?? '?'}: ${what}`);
	let tree;
	try {
		tree = engine.parseCode(readFileSync(file, 'utf8'), file);
	} catch (error) {
		complaints.push(`${file}:${error.lineNumber ?? '?'}: ${error.message}`);
		continue;
	}
	const type = (owner, node, nullable) => {
		const alone = node && ['typereference', 'name'].includes(node.kind) && ALONE.has(String(node.name).toLowerCase());
		if (alone && !nullable) {
			complain(owner, `\`${node.name}\` alone as a type is of PHP 8.2`);
		}
	};
	const walk = (node) => {
		if (!node || typeof node !== 'object') {
			return;
		}
		if (Array.isArray(node)) {
			node.forEach(walk);
			return;
		}
		if (node.kind === 'class' && node.isReadonly) {
			complain(node, 'a readonly class is of PHP 8.2');
		}
		if (node.kind === 'staticlookup' && node.offset && node.offset.kind !== 'identifier' && node.what?.kind !== 'staticlookup' && node.offset.kind === 'encapsed') {
			complain(node, 'a constant by a computed name is of PHP 8.3');
		}
		if (node.kind === 'call' && node.what?.kind === 'name' && LATER.has(node.what.name.replace(/^\\/, '').toLowerCase())) {
			complain(node, `${node.what.name}() is of a later PHP than 8.1`);
		}
		if (['function', 'method', 'closure', 'arrowfunc'].includes(node.kind)) {
			type(node, node.type, node.nullable);
		}
		if (['parameter', 'property'].includes(node.kind)) {
			type(node, node.type, node.nullable);
		}
		for (const [name, value] of Object.entries(node)) {
			if (name !== 'loc') {
				walk(value);
			}
		}
	};
	walk(tree);
}
complaints.forEach((complaint) => console.log(complaint));
process.exit(complaints.length ? 1 : 0);
