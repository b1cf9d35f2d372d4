import type { AvroField, AvroRecord, AvroSchema } from './types.ts';

/** `docs/fields.md`: every topic's fields as the schemas describe them. Pure. */
export function generateFields(schemas: ReadonlyMap<string, AvroRecord>): string {
  const sections = [...schemas].map(([topic, schema]) => section(topic, schema));
  return [
    '# Fields\n\nGenerated from `schemas/*.avsc` by `npm run codegen`. A field that may be absent is null: nothing is ever guessed. Decimals are exact; ',
    'times are microseconds since 1970, UTC. What the topics are for is in [topics.md](topics.md).\n',
    ...sections,
  ].join('');
}

function section(topic: string, schema: AvroRecord): string {
  const nested = new Map<string, AvroRecord>();
  const rows = table(schema.fields, nested);
  const inner = [...nested].map(([name, record]) => `\n**${name}**\n\n${table(record.fields, new Map())}`);
  return `\n## ${topic}\n\n${schema.doc ?? ''}\n\n${rows}${inner.join('')}`;
}

function table(fields: readonly AvroField[], nested: Map<string, AvroRecord>): string {
  const rows = fields.map(
    ({ name, type, doc }) => `| \`${name}\` | ${describe(type, nested)} | ${doc ?? ''} |\n`,
  );
  return `| field | type | meaning |\n|---|---|---|\n${rows.join('')}`;
}

/** A type in words; records met on the way are collected with theirs. */
function describe(schema: AvroSchema, nested: Map<string, AvroRecord>): string {
  if (typeof schema === 'string') return schema;
  if (Array.isArray(schema))
    return `${schema
      .filter((one) => one !== 'null')
      .map((one) => describe(one, nested))
      .join(' or ')} or null`;
  if ('logicalType' in schema)
    return schema.logicalType === 'decimal' ? `decimal, ${schema.scale} places` : 'time';
  if (schema.type === 'array') return `list of ${describe(schema.items, nested)}`;
  if (schema.type === 'enum') return schema.symbols.map((symbol) => `\`${symbol}\``).join(' ');
  nested.set(schema.name, schema);
  for (const field of schema.fields) describe(field.type, nested);
  return schema.name;
}
