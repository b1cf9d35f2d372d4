import type { AvroRecord, AvroSchema } from './types.ts';

const LOGICAL = /^(decimal|timestamp)/;

/** Fields of the same path whose logical type (with a decimal's scale) differs between two versions of a schema. */
export function logicalChanges(older: AvroRecord, newer: AvroRecord): string[] {
  const before = new Map(logicalTypes(older, '', new Map()));
  return [...logicalTypes(newer, '', new Map())].flatMap(([path, type]) => {
    const was = before.get(path);
    // A plain type that widens (int to long) is for the resolution to judge.
    const isPlain = !LOGICAL.test(was ?? '') && !LOGICAL.test(type);
    return was === undefined || was === type || isPlain ? [] : [`${path} was ${was} and is ${type}`];
  });
}

type Named = Map<string, AvroSchema>;

function* logicalTypes(
  schema: AvroSchema,
  path: string,
  named: Named,
): Generator<[path: string, type: string]> {
  if (typeof schema === 'string') {
    const type = named.get(schema);
    if (type === undefined) yield [path, schema];
    else yield* logicalTypes(type, path, named);
  } else if (Array.isArray(schema)) {
    for (const branch of schema.filter((member) => member !== 'null'))
      yield* logicalTypes(branch, path, named);
  } else if ('logicalType' in schema) {
    yield [
      path,
      [schema.logicalType, ...(schema.scale === undefined ? [] : [schema.scale])].join(' with scale '),
    ];
  } else if (schema.type === 'array') yield* logicalTypes(schema.items, `${path}[]`, named);
  else if (schema.type === 'record') {
    named.set(schema.name, schema);
    for (const { name, type } of schema.fields)
      yield* logicalTypes(type, path === '' ? name : `${path}.${name}`, named);
  }
}
