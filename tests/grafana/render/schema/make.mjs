// SPDX-License-Identifier: Apache-2.0
// What does Grafana's own schema say a dashboard is? Writes ../../dashboard.schema.json,
// against which schema_test.py checks ours without npm. Run it after an update of
// @grafana/schema: npm run schema
import { readFileSync, writeFileSync } from 'node:fs';
import { createGenerator } from 'ts-json-schema-generator';

const here = new URL('.', import.meta.url);
const { version, license } = JSON.parse(
  readFileSync(new URL('../node_modules/@grafana/schema/package.json', here)),
);

// Types of several plugins share their names, so nothing is a definition of its own.
const made = createGenerator({
  path: new URL('dashboard.ts', here).pathname,
  tsconfig: new URL('../tsconfig.json', here).pathname,
  type: 'Checked',
  expose: 'none',
  skipTypeCheck: true,
}).createSchema('Checked');

// Grafana's prose is for editors; a property may be called `description`, though.
function withoutProse(node, isSchema = true) {
  if (Array.isArray(node)) return node.map((item) => withoutProse(item));
  if (node === null || typeof node !== 'object') return node;
  const kept = Object.entries(node).filter(
    ([key, value]) => !(isSchema && key === 'description' && typeof value === 'string'),
  );
  return Object.fromEntries(
    kept.map(([key, value]) => [key, withoutProse(value, !(isSchema && key === 'properties'))]),
  );
}

const schema = {
  $schema: made.$schema,
  $comment: `Made from @grafana/schema ${version} (${license}, Grafana Labs) by tests/grafana/render/schema/make.mjs; do not edit.`,
  ...withoutProse(made.definitions.Checked),
};
const target = new URL('../../dashboard.schema.json', here);
writeFileSync(target, JSON.stringify(schema, null, 1) + '\n');
console.log(`wrote ${target.pathname}`);
