import { formatFixed, roundFixed, type Fixed } from '@concord/model';
import { stripVTControlCharacters } from 'node:util';
import Table from 'cli-table3';
import type { InstrumentRow, PipelineView } from '../pipeline/view.ts';

const NO_BORDER = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};

/** Text of a value at the scale it was published at; a dash where there is none. */
export function priceText(value: Fixed | null, places: number): string {
  if (value === null) return '–';
  const text = formatFixed(roundFixed(value, places));
  const point = text.indexOf('.');
  return point < 0 ? `${text}.${'0'.repeat(places)}` : text.padEnd(point + 1 + places, '0');
}

/** A terminal's size in characters. */
export interface ScreenSize {
  readonly columns: number;
  readonly rows: number;
}

interface Column {
  readonly head: string;
  readonly align: 'left' | 'right';
  readonly cell: (row: InstrumentRow) => string;
}

const COLUMNS: readonly Column[] = [
  { head: 'instrument', align: 'left', cell: ({ id }) => id },
  { head: 'consensus', align: 'right', cell: (row) => priceText(row.mid, row.priceScale + 1) },
  { head: '±', align: 'right', cell: (row) => priceText(row.confidence, row.priceScale + 1) },
  { head: 'status', align: 'left', cell: ({ status }) => status },
  { head: 'in', align: 'right', cell: ({ included }) => String(included.length) },
  { head: 'out', align: 'left', cell: outText },
  { head: 'last trade', align: 'right', cell: (row) => priceText(row.trade, row.priceScale + 1) },
  { head: 'ticks/s', align: 'right', cell: (row) => row.ticksPerSecond.toFixed(0) },
  { head: 'cons/s', align: 'right', cell: (row) => row.consensusPerSecond.toFixed(1) },
  {
    head: 'age',
    align: 'right',
    cell: ({ ageMs }) => ageText(ageMs, ' s'),
  },
];
/** What a narrow terminal does without, first to last. */
const DISPENSABLE: readonly string[] = ['last trade', 'cons/s', 'ticks/s', 'out', 'in', '±', 'age'];

function ageText(ageMs: number | null, unit: string): string {
  return ageMs === null ? '–' : `${(ageMs / 1000).toFixed(1)}${unit}`;
}

function outText({ excluded }: InstrumentRow): string {
  return excluded.length === 0 ? '–' : excluded.map(({ source, reason }) => `${source} ${reason}`).join(', ');
}

/**
 * The live table as lines: one row per instrument, then one line per service. Fits the screen: a narrow one shows fewer columns, a low one
 * leaves out the services first. Pure.
 */
export function renderTable(view: PipelineView, { columns, rows }: ScreenSize): string {
  const shown = new Set(COLUMNS.map(({ head }) => head));
  const dispensable = [...DISPENSABLE];
  let table = tableLines(view, shown);
  while (dispensable.length > 0 && table.some((line) => widthOf(line) > columns)) {
    shown.delete(dispensable.shift() ?? '');
    table = tableLines(view, shown);
  }
  const services = serviceLines(view).map((line) => line.slice(0, columns));
  const foot = 'Ctrl-C stops everything.'.slice(0, columns);
  // The cursor stands on a line of its own.
  const room = rows - 1;
  const whole = [view.title.slice(0, columns), '', ...table, '', ...services, '', foot];
  if (whole.length <= room) return whole.join('\n');
  return [...table, ...services.slice(0, Math.max(0, room - 1 - table.length)), foot].slice(-room).join('\n');
}

function widthOf(line: string): number {
  return stripVTControlCharacters(line).trimEnd().length;
}

function tableLines(view: PipelineView, shown: ReadonlySet<string>): string[] {
  const columns = COLUMNS.filter(({ head }) => shown.has(head));
  const table = new Table({
    head: columns.map(({ head }) => head),
    chars: NO_BORDER,
    style: { head: ['bold'], border: [], 'padding-left': 0, 'padding-right': 1 },
    colAligns: columns.map(({ align }) => align),
  });
  for (const row of view.instruments) table.push(columns.map(({ cell }) => cell(row)));
  return table.toString().split('\n');
}

function serviceLines(view: PipelineView): string[] {
  return view.services.map(({ name, state, detail }) => `${name.padEnd(20)} ${state.padEnd(8)} ${detail}`);
}

/** The same for a log: one line per instrument. `age` is that of the newest consensus: what stands still shows there. */
export function renderLines(view: PipelineView): string[] {
  return view.instruments.map((row) => {
    const places = row.priceScale + 1;
    const out = row.excluded.map(({ source, reason }) => `${source}:${reason}`).join(',');
    return (
      `${row.id} ${priceText(row.mid, places)} ± ${priceText(row.confidence, places)} ${row.status} ` +
      `in=${row.included.join(',') || '-'} out=${out || '-'} ticks/s=${row.ticksPerSecond.toFixed(0)} ` +
      `lag=${view.lagRecords ?? '?'} age=${ageText(row.ageMs, 's')}`
    );
  });
}
