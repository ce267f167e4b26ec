// What a partner writes with fhir-kit-client, and nothing more: publish, search, read, update. Says one line of JSON.
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const [, , root, baseUrl, bearerToken, patient] = process.argv;
const folder = `${root}/node_modules/fhir-kit-client`;
const { main } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'));
const { Client } = await import(pathToFileURL(`${folder}/${main}`));
const input = JSON.parse(await new Promise((done) => {
  let text = '';
  process.stdin.on('data', (piece) => { text += piece; });
  process.stdin.on('end', () => done(text));
}));

const client = new Client({ baseUrl, bearerToken });
const capabilities = await client.capabilityStatement();
const smart = await client.smartAuthMetadata();
const created = await client.create({ resourceType: 'DocumentReference', body: input.document });
const sent = await client.transaction({ body: input.bundle });
let page = await client.search({ resourceType: 'DocumentReference', searchParams: { patient, status: 'current', _count: 1 } });
const found = [];
while (page) {
  found.push(...(page.entry || []).map((each) => each.resource.id));
  page = await client.nextPage({ bundle: page });
}
const posted = await client.search({
  resourceType: 'DocumentReference', searchParams: { patient, status: 'current' }, options: { postSearch: true },
});
const read = await client.read({ resourceType: 'DocumentReference', id: created.id });
const archive = [{ op: 'replace', path: '/extension/0/valueBoolean', value: true }];
const patched = await client.patch({ resourceType: 'DocumentReference', id: created.id, jsonPatch: archive });
patched.extension[0].valueBoolean = false;
const updated = await client.update({ resourceType: 'DocumentReference', id: created.id, body: patched });
let refusal = null;
try {
  await client.read({ resourceType: 'DocumentReference', id: '00000000-0000-4000-8000-00000000dead' });
} catch (error) {
  refusal = { status: error.response.status, text: error.response.data.issue[0].details.text };
}
console.log(JSON.stringify({
  version: capabilities.fhirVersion,
  token: String(smart.tokenUrl || smart.token_endpoint || ''),
  created: created.id,
  sent: sent.entry.map((each) => each.response.status),
  found,
  posted: posted.total,
  read: read.id,
  patched: patched.id,
  archived: updated.extension[0].valueBoolean,
  refusal,
}));
